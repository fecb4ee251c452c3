FROM base
ENV PLAIN=value
ENV LEGACY a value with  two spaces
ENV A="one two" B='three four' C=five\ six D="say \"hi\"" E=
ENV DOLLAR=\$HOME HALF="a$PLAIN-b" BRACES=${PLAIN}x DEFAULTED="${MISSING:-fall back}"
ENV SINGLE='$PLAIN stays' DOUBLE="it's" MIXED='say "it"'
ENV EQ="k=v w=x" URL=https://example.org/?a=1&b=2#frag
ENV BACK=C:\\dir\\sub TRAIL="ends in \\" TICK="`tick`" PERCENT=%PATH%
ENV UNICODE="żółć 日本" EMOJI=🐳
ENV SEMI="a;b" PIPE="a|b" STAR="*" TILDE=~/x HASH="# not a comment" BANG="!"
ENV LEAD=" lead" TAIL="tail " TAB="a	b"
RUN echo "$A" "$DOLLAR"
