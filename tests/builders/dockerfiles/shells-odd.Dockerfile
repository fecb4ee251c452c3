FROM anyshell
SHELL ["/usr/bin/fish", "-c"]
RUN set x 1; and echo $x
SHELL ["python3", "-c"]
RUN print("hello, world")
SHELL ["/usr/bin/env", "bash", "-c"]
RUN echo a b
SHELL ["/bin/bash", "--login", "-i", "-c"]
RUN nvm install 20
CMD node "server file.js"
SHELL ["/bin/sh with space", "-c"]
CMD echo never run
