FROM base AS build
RUN mkdir -p /out/etc && echo binary > /out/server && echo conf > /out/etc/conf
FROM scratch
COPY --from=build /out/ /
COPY --from=0 /etc/passwd /etc/group /etc/
LABEL org.opencontainers.image.title="from scratch"
USER 65534
EXPOSE 8080
ENTRYPOINT ["/server"]
