FROM base
USER app
RUN id > /tmp/id
USER 1000
USER 1000:1000
USER app:app
USER 0
RUN true
USER "quoted"
USER root
