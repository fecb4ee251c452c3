#: builder buildkit-head
FROM base AS tools
RUN echo tool > /tool
FROM base
RUN --mount=type=cache,target=/root/.cache --mount=type=tmpfs,target=/scratch \
    echo cached > /root/.cache/x && \
    echo done
RUN --network=none echo offline
COPY --link --chmod=755 --from=tools /tool /usr/local/bin/
COPY --parents dir/nested/deep.txt /parents/
COPY --exclude=*.txt dir /excluded/
COPY --chown=1000:1000 --chmod=u=rwX,go=rX one.txt /modes/
ADD --unpack=false archive.tar.gz /kept/
HEALTHCHECK --interval=5s --start-period=10s --start-interval=2s --retries=3 CMD wget -q localhost || exit 1
EXPOSE 80 443/udp 9000-9002
WORKDIR /
CMD ["/usr/local/bin/tool"]
