FROM base
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN echo one | cat > /one
CMD serve --port 80
ENTRYPOINT run "quoted arg" | tee /log
HEALTHCHECK --interval=10s CMD curl -f http://localhost/ || exit 1
SHELL ["/bin/bash", "-euxo", "pipefail", "-c"]
RUN echo two
SHELL ["/bin/sh", "-c"]
RUN echo three > /three
CMD ["bash"]
