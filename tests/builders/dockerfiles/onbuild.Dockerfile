FROM base
ONBUILD COPY . /app
ONBUILD RUN echo "on build" && \
    true
ONBUILD ENV A="b c" D=e
ONBUILD CMD ["x", "y"]
ONBUILD WORKDIR /x
LABEL kind=onbuild
CMD ["sh"]
