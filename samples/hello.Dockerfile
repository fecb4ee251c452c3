FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
ARG VERSION=1.0
ENV GREETING="Hello, world" APP_HOME=/srv/app
LABEL org.opencontainers.image.title=hello \
      org.opencontainers.image.description="Says hello, politely"
WORKDIR $APP_HOME
COPY --chown=1000:1000 greet.sh ./
RUN set -eux; \
	chmod 755 greet.sh; \
	./greet.sh > greeting.txt; \
	echo "$VERSION" > version.txt
HEALTHCHECK --interval=30s --retries=3 CMD wget -q -O - localhost:8080 || exit 1
EXPOSE 8080 8443/tcp
VOLUME ["/srv/data"]
USER 1000:1000
STOPSIGNAL SIGTERM
ENTRYPOINT ["./greet.sh"]
CMD ["--polite", "Jane Doe"]
