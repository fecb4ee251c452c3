FROM anyshell
ENV PHPIZE_DEPS \
		autoconf \
		dpkg-dev \
		file \
		g++ \
		re2c
ENV PHP_INI_DIR /usr/local/etc/php
ENV PHP_CFLAGS="-fstack-protector-strong -fpic -fpie -O2 -D_LARGEFILE_SOURCE -D_FILE_OFFSET_BITS=64"
ENV PHP_CPPFLAGS="$PHP_CFLAGS"
ENV PHP_LDFLAGS="-Wl,-O1 -pie"
ENV PHP_URL="https://example.org/distributions/php-8.2.1.tar.xz" PHP_ASC_URL="https://example.org/distributions/php-8.2.1.tar.xz.asc"
RUN docker-php-ext-install -j$(nproc) iconv \
	&& docker-php-ext-configure gd --with-freetype=/usr/include/ --with-jpeg=/usr/include/ \
	&& { \
		echo 'opcache.memory_consumption=128'; \
		echo 'opcache.revalidate_freq=2'; \
	} > /usr/local/etc/php/conf.d/opcache-recommended.ini
COPY public/ /var/www/html/
RUN a2enmod rewrite expires; echo "ServerTokens Prod" | tee -a /etc/apache2/apache2.conf
VOLUME /var/www/html
CMD ["apache2-foreground"]
