FROM base
ENTRYPOINT ["/entry"]
RUN true
CMD ["serve"]
ENTRYPOINT ["/other"]
USER 1000:1000
