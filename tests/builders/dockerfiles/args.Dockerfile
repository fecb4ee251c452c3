#: arg TAG=latest
#: arg SPACED=given on the line
ARG TAG=none
FROM base
ARG TAG
ARG PLAIN=1.0
ARG SPACED="two words" NONE EMPTY=
RUN echo $PLAIN
ENV PLAIN=2.0
RUN echo $PLAIN $SPACED
ARG PLAIN=3.0
ARG SHELLISH="x /bin/sh -c y"
RUN echo $SHELLISH && \
    echo done
RUN ["/bin/echo", "exec form", "$PLAIN"]
ARG HTTP_PROXY
RUN echo last
