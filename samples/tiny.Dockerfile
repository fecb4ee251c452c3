FROM scratch
LABEL org.opencontainers.image.title=tiny
COPY greet.sh /greet.sh
ADD greet.sh /copies/
ENV GREETING=hello
CMD ["/greet.sh"]
