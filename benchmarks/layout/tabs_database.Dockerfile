# A database: tabs, `&&` first, a user made before all else.
FROM debian:bookworm-slim
RUN groupadd -r store --gid=999 \
	&& useradd -r -g store --uid=999 --home-dir=/var/lib/store --shell=/bin/bash store \
	&& install --verbose --directory --owner store --group store --mode 1777 /var/lib/store
RUN set -ex \
	&& if ! command -v gpg > /dev/null; then \
		apt-get update \
		&& apt-get install -y --no-install-recommends \
			gnupg \
			dirmngr \
		&& rm -rf /var/lib/apt/lists/*; \
	fi
RUN set -x \
	&& export GNUPGHOME="$(mktemp -d)" \
	&& for key in \
		A4A9406876FCBD3C456770C88C718D3B5072E1F5 \
		B7B3B788A8D3785C4E1F2A60B9E5D2C1F0A39D11 \
	; do \
		gpg --batch --keyserver keys.example --recv-keys "$key"; \
	done \
	&& gpg --batch --export > /etc/apt/keyrings/store.gpg \
	&& rm -rf "$GNUPGHOME"
RUN mkdir -p /etc/store/conf.d \
	&& { \
		echo 'listen = "*"'; \
		echo 'data = /var/lib/store'; \
	} > /etc/store/conf.d/docker.conf \
	&& chown -R store:store /etc/store
