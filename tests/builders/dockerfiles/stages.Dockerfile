FROM base AS build
ARG VERSION=1
ENV BUILD=yes
RUN echo building $VERSION > /artifact
FROM base AS runtime
LABEL stage=runtime
ENV RUNTIME=yes
WORKDIR /app
FROM runtime AS final
COPY --from=build /artifact /app/artifact
RUN test -f /app/artifact
USER nobody:nogroup
ENTRYPOINT ["/app/artifact"]
