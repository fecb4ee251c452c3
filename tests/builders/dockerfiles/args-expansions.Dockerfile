#: builder buildkit-head
FROM base
ARG VERSION=1.2.3-rc.1+build
ENV MAJOR=${VERSION%%.*} TAIL=${VERSION#*.} LAST=${VERSION##*.} SHORT=${VERSION%+*}
ENV SLASH=${VERSION/rc/final} ALL=${VERSION//./-} ALT=${VERSION:+yes} NONE=${MISSING-unset} EMPTY=${MISSING+set}
WORKDIR /opt/${VERSION%-*}
RUN echo $MAJOR
LABEL version=${VERSION%%+*}
