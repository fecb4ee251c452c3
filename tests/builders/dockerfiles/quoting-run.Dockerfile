FROM base
RUN echo "double \"inner\" quotes" 'single' > /quotes
RUN printf '%s\n' 'a\nb' "c\\d" > /backslashes
RUN echo "# buildkit" && echo '# not a comment'
RUN echo '|2 A=1 B=2 /bin/sh -c not args'
RUN echo "#(nop) CMD" && true
RUN echo 日本 żółć > /unicode
RUN echo "a  b   c"	tab
RUN [ -n "$PATH" ] && echo yes || echo no
RUN echo ${UNSET:-default} $$ $(echo sub) `echo tick`
