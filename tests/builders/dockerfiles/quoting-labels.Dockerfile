FROM base
LABEL one="1" two="2 3" "three four"=five
LABEL maintainer="A. Maintainer <a@example.org>" json="{\"k\": [1, 2]}" multi="first \
second"
LABEL org.opencontainers.image.source=https://example.org/repo empty=""
LABEL description='A label with $DOLLAR and "quotes"'
LABEL legacy old style value
LABEL path="C:\\Program Files\\x" regex="^[a-z]+\$"
LABEL equals="a=b=c" "quoted.key"="v" spaces="  both  "
LABEL url="https://example.org/a?b=c&d=e" colon="a: b" list="[1, 2, 3]"
