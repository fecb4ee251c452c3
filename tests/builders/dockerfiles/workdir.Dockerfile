FROM base
WORKDIR /
WORKDIR app
WORKDIR ../lib
WORKDIR ./x/../y/
WORKDIR /trailing/
WORKDIR "/quoted dir"
WORKDIR /unquoted dir
ENV DIR=/from/env
WORKDIR $DIR
WORKDIR ${DIR}/sub
RUN pwd > /where
