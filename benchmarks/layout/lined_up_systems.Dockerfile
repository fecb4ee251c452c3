# A toolchain: continuation characters and operators lined up in a column.
FROM fedora:40
RUN dnf -y install       \
  clang                  \
  cmake                  \
  git                    \
  libcurl-devel          \
  libuuid-devel          \
  python3-devel          \
  rsync
RUN curl -LO https://example.com/latest.tar.gz                   && \
    tar xzf latest.tar.gz -C /srv --strip-components=1           && \
    rm latest.tar.gz                                             && \
    chown -R nobody /srv
RUN case "$ARCH" in \
        amd64)   suffix='x64'   ;; \
        arm64)   suffix='arm64' ;; \
        ppc64le) suffix='ppc'   ;; \
        *)       exit 1         ;; \
    esac; \
    curl -fL -o /tmp/x "https://example.com/x-$suffix"
