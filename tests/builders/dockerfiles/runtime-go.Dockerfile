FROM anyshell AS builder
WORKDIR /go/src/example.org/demo
ENV CGO_ENABLED=0 GOFLAGS="-mod=readonly -trimpath"
COPY go.mod main.go ./
RUN go mod download
ARG LDFLAGS="-s -w -X 'main.version=1.0 beta'"
RUN go build -ldflags "$LDFLAGS" -o /demo .
FROM anyshell
COPY --from=builder /etc/passwd /demo
RUN ["/usr/bin/mkdir", "/data"]
VOLUME ["/data"]
USER nobody:nogroup
ENTRYPOINT ["/demo"]
CMD ["--listen", ":8080"]
