#: builder buildkit-head
FROM base
ARG VERSION=1.0
RUN <<EOT
set -eux
echo "first  line" > /first
	echo tabbed
EOT
RUN <<-EOT sh -e
	echo stripped tabs
EOT
RUN <<"RAW"
echo $VERSION `date` \
  continued
RAW
RUN cat <<EOF > /made
content of $VERSION
EOF
RUN <<EOT
#!/bin/sh
echo shebang
EOT
