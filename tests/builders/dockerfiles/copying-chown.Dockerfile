FROM base
COPY --chown=app:app one.txt /one
COPY --chown=1000 dir /dir/
COPY --chown=0:0 one.txt two.txt /both/
COPY --chown=nobody:nogroup ["name with space.txt", "/name with space"]
ADD --chown=app app.conf /etc/app/
ADD --chown=1000:1000 archive.tar.gz /opt/
USER app
COPY --chown=app:app src /home/app/src
RUN ls /home/app/src > /tmp/listing
