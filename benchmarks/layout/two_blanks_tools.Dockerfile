# A builder of tools: two blanks, a long option list lined up under its command.
FROM fedora:40
RUN dnf -y install \
      gcc \
      make \
      openssl-devel \
  && dnf clean all
RUN wget -qO- https://example.com/tool.tar.gz | tar xz -C /usr/src \
  && cd /usr/src/tool \
  && ./configure --prefix=/usr \
                 --sysconfdir=/etc \
                 --without-docs \
  && make -j4 \
  && make install
RUN for f in a b c; do \
      cp "/usr/src/$f" "/usr/bin/$f"; \
    done
RUN mkdir -p /opt/tool/bin \
             /opt/tool/etc \
             /opt/tool/var
RUN curl -o tool.zip https://example.com/tool.zip; \
  echo "$SHA  tool.zip" | sha256sum -c -; \
  unzip tool.zip; \
  rm tool.zip
