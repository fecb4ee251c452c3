#: arg user=jenkins
FROM anyshell
ARG user=builder
ARG group=${user}
ARG uid=1000
ARG gid=1000
ARG http_port=8080
ARG JENKINS_HOME=/var/jenkins_home
ENV JENKINS_HOME $JENKINS_HOME
ENV JENKINS_OPTS="--prefix=/ci --httpPort=${http_port}"
RUN mkdir -p $JENKINS_HOME \
  && chown ${uid}:${gid} $JENKINS_HOME \
  && groupadd -g ${gid} ${group} \
  && useradd -d "$JENKINS_HOME" -u ${uid} -g ${gid} -l -m -s /bin/bash ${user}
VOLUME $JENKINS_HOME
EXPOSE ${http_port}
RUN echo "lock" > ${JENKINS_HOME}/lock
USER ${uid}
ENTRYPOINT ["/usr/bin/tini", "--", "/usr/local/bin/jenkins.sh"]
