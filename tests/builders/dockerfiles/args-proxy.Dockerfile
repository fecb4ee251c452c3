#: arg http_proxy=http://127.0.0.1:9
#: arg NO_PROXY=localhost
FROM base
ARG http_proxy
ARG FTP_PROXY=
RUN echo proxy
ARG OTHER=1
RUN echo other > /other
