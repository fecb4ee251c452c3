FROM base
CMD ['not', 'json']
CMD ["unclosed"
ENTRYPOINT [ "spaced" , "json" ]
RUN ["/bin/echo","unicode \u00e9 \u003c"]
VOLUME [ "/v" ]
LABEL schema="[\"not\", \"exec\"]"
