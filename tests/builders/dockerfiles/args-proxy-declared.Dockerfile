#: arg http_proxy=http://127.0.0.1:9
FROM base
ARG http_proxy
ARG OTHER=1
RUN echo proxy > /proxy
