FROM base
EXPOSE 80
EXPOSE 443/tcp 53/udp 8000-8003
VOLUME /data
VOLUME ["/var/lib/a b", "/c"]
VOLUME /x /y
USER 1000
USER nobody:nogroup
USER root
WORKDIR /a
WORKDIR b
WORKDIR /with space/dir
STOPSIGNAL SIGQUIT
STOPSIGNAL 9
CMD ["sh"]
