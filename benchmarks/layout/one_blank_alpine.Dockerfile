# A small image: one blank before `&&`, arguments deeper.
FROM alpine:3.20
RUN apk add --no-cache ca-certificates \
 && update-ca-certificates
RUN apk add --no-cache --virtual .build-deps \
      gcc \
      musl-dev \
 && pip install uwsgi \
 && apk del .build-deps
RUN addgroup -S app \
 && adduser -S -G app app \
 && mkdir /srv/app \
 && chown app:app /srv/app
