# A language runtime, in the style of official images: tabs, `;` at line ends, empty continuation lines.
FROM debian:bookworm-slim
RUN set -eux; \
	apt-get update; \
	apt-get install -y --no-install-recommends \
		ca-certificates \
		netbase \
		tzdata \
	; \
	rm -rf /var/lib/apt/lists/*
RUN set -eux; \
	\
	savedAptMark="$(apt-mark showmanual)"; \
	apt-get update; \
	apt-get install -y --no-install-recommends \
		dpkg-dev \
		gcc \
		\
# needed for the shared libraries
		libffi-dev \
		zlib1g-dev \
	; \
	\
	arch="$(dpkg --print-architecture)"; arch="${arch##*-}"; \
	case "$arch" in \
		'amd64') \
			url='https://runtime.example/dist/lang-1.2-amd64.tar.xz'; \
			sha256='0123456789abcdef'; \
			;; \
		'arm64') \
			url='https://runtime.example/dist/lang-1.2-arm64.tar.xz'; \
			sha256='fedcba9876543210'; \
			;; \
		*) echo >&2 "error: unsupported architecture: '$arch'"; exit 1 ;; \
	esac; \
	\
	wget -O lang.tar.xz "$url"; \
	echo "$sha256 *lang.tar.xz" | sha256sum -c -; \
	mkdir -p /usr/src/lang; \
	tar --extract --directory /usr/src/lang --strip-components=1 --file lang.tar.xz; \
	rm lang.tar.xz; \
	\
	cd /usr/src/lang; \
	./configure \
		--build="$arch" \
		--enable-shared \
		--with-system-ffi \
	; \
	nproc="$(nproc)"; \
	make -j "$nproc"; \
	make install; \
	\
	find /usr/local -depth \
		\( \
			\( -type d -a \( -name test -o -name tests \) \) \
			-o \( -type f -a -name '*.a' \) \
		\) -exec rm -rf '{}' + \
	; \
	\
	apt-mark auto '.*' > /dev/null; \
	apt-mark manual $savedAptMark; \
	find /usr/local -type f -executable -exec ldd '{}' ';' \
		| awk '/=>/ { so = $(NF-1); print so }' \
		| sort -u \
		| xargs -r apt-mark manual \
	; \
	rm -rf /var/lib/apt/lists/*; \
	\
	lang --version
RUN set -eux; \
	for src in idle3 pip3 lang3; do \
		dst="$(echo "$src" | tr -d 3)"; \
		[ -s "/usr/local/bin/$src" ]; \
		[ ! -e "/usr/local/bin/$dst" ]; \
		ln -svT "$src" "/usr/local/bin/$dst"; \
	done
RUN { \
		echo '[runtime]'; \
		echo 'memory = 64M'; \
		echo 'note = "two  blanks"'; \
	} > /etc/lang.ini
