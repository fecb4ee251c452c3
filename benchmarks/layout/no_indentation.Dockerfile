# Breaks without indentation, which leave nothing but a blank: what is not recoverable, in shares as they are met.
FROM debian:bookworm-slim
RUN mkdir -p /home/app/volume \
&& touch /home/app/volume/file
RUN apt-get update && \
apt-get install -y --no-install-recommends ca-certificates curl gnupg lsb-release software-properties-common && \
curl -fsSL https://example.com/key.gpg | gpg --dearmor -o /etc/apt/keyrings/example.gpg && \
echo "deb [signed-by=/etc/apt/keyrings/example.gpg] https://example.com stable main" > /etc/apt/sources.list.d/x.list && \
apt-get update && \
rm -rf /var/lib/apt/lists/*
