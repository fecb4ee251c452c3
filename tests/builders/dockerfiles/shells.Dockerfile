FROM base
RUN echo default shell
RUN ["/bin/sh", "-c", "echo exec form of the default shell"]
RUN ["/bin/echo", "two words", "it's", "\"quoted\""]
SHELL ["/bin/sh", "-o", "pipefail", "-c"]
RUN echo a | cat
ENTRYPOINT exec top -b
CMD -d 1
SHELL ["/bin/ash", "-eu", "-c"]
RUN echo "it is /bin/sh -c in the text"
CMD echo "shell form" && echo $HOME
HEALTHCHECK CMD test -f /etc/passwd || exit 1
ENTRYPOINT []
CMD []
ENTRYPOINT ["/bin/sh", "-c", "exec \"$@\"", "--"]
