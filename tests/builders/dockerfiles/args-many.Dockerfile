FROM base
ARG A=1
ARG B=2
ARG C
ARG D=four\ words
RUN echo 1 > /1
ARG A=5
RUN echo 2
ENV B=env
RUN echo 3
ARG E="" F='single quoted'
RUN echo 4
