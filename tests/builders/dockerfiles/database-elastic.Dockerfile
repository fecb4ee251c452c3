FROM anyshell
LABEL org.label-schema.build-date="2024-02-19T10:04:32.774273190Z" \
  org.label-schema.license="Elastic-License-2.0" \
  org.label-schema.schema-version="1.0"
ENV ELASTIC_CONTAINER true
RUN for iter in 1 2 3 4 5 6 7 8 9 10; do \
      export DEBIAN_FRONTEND=noninteractive && \
      apt-get update && \
      apt-get install -yq --no-install-recommends ca-certificates curl && \
      exit_code=0 && break || \
        exit_code=$? && echo "apt-get error: retry $iter in 10s" && sleep 10; \
    done; \
    exit $exit_code
WORKDIR /usr/share/elasticsearch
COPY --chown=0:0 app.conf config/
ENV PATH /usr/share/elasticsearch/bin:$PATH
ENV SHELL /bin/bash
EXPOSE 9200 9300
USER 1000:0
ENTRYPOINT ["/bin/tini", "--", "/usr/local/bin/docker-entrypoint.sh"]
CMD ["eswrapper"]
