#: builder buildkit-0.8 buildkit-head
FROM base
COPY --chmod=755 entrypoint.sh /usr/local/bin/
COPY --chmod=0644 --chown=1:1 one.txt /one
ADD --chmod=600 two.txt /two
ENTRYPOINT ["entrypoint.sh"]
