#: arg CMDLIKE=/bin/bash -o pipefail -c echo
#: arg COUNT=|3 A=1
FROM base
ARG CMDLIKE
ARG COUNT
ARG QUOTED="it's \"x\""
ARG EQUALS=a=b=c
ARG URL=https://example.org/a?b=c
ARG lower=case UPPER=CASE _under=score
RUN echo "$QUOTED" > /quoted
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN echo "$CMDLIKE" | cat
ARG LATE=last
RUN ["echo", "exec"]
