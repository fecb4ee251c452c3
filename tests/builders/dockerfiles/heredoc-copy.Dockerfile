#: builder buildkit-head
FROM base
ARG VERSION=1.0
COPY <<EOT /etc/app/conf
version = $VERSION
[section]
EOT
COPY <<"RAW" <<OTHER /etc/app/
literal $VERSION
RAW
other
OTHER
COPY --chmod=755 <<-SCRIPT /usr/local/bin/run
	#!/bin/sh
	exec true
SCRIPT
RUN test -f /etc/app/conf
