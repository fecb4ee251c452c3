# A web server: four blanks, `&&` first, a case with commands of its own, strings over lines.
FROM alpine:3.20
RUN set -x \
    && addgroup -g 101 -S web \
    && adduser -S -D -H -u 101 -h /var/cache/web -s /sbin/nologin -G web -g web web \
    && apkArch="$(cat /etc/apk/arch)" \
    && webPackages=" \
        web=${WEB_VERSION}-r${PKG_RELEASE} \
        web-module-xslt=${WEB_VERSION}-r${PKG_RELEASE} \
        web-module-image=${WEB_VERSION}-r${PKG_RELEASE} \
    " \
    && apk add --no-cache --virtual .checksum-deps \
        openssl \
    && case "$apkArch" in \
        x86_64|aarch64) \
            set -x \
            && wget -O /tmp/key.rsa.pub https://web.example/keys/key.rsa.pub \
            && echo "$KEY_SHA  /tmp/key.rsa.pub" | sha512sum -c - \
            && apk add -X "https://web.example/packages" --no-cache $webPackages \
            ;; \
        *) \
            set -x \
            && tempDir="$(mktemp -d)" \
            && cd $tempDir \
            && make all \
            ;; \
    esac \
    && apk del --no-network .checksum-deps \
    && if [ -f "/etc/apk/keys/key.rsa.pub" ]; then rm -f /etc/apk/keys/key.rsa.pub; fi
RUN ln -sf /dev/stdout /var/log/web/access.log \
    && ln -sf /dev/stderr /var/log/web/error.log \
    && mkdir /docker-entrypoint.d
RUN set -eux; \
    \
    arch="$(apk --print-arch)"; \
    url="https://web.example/dist/$arch/setup"; \
    wget "$url"; \
    \
    chmod +x setup; \
    ./setup -y --no-modify-path --profile minimal; \
    rm setup; \
    \
    web --version
