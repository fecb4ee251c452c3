FROM base
RUN echo spaces && \
    echo "four spaces" && \
    true \
 && echo leading-and \
 && echo 'again'
RUN    echo    many     spaces
RUN echo one-line; echo still one line
RUN echo a \
&& echo unindented
RUN mkdir -p \
      /tmp/a \
      /tmp/b \
  && rmdir /tmp/a \
           /tmp/b
RUN echo "a string that \
    goes on" && echo after
CMD echo a \
    && echo b
ENTRYPOINT exec \
    top \
    -b
COPY one.txt \
     two.txt \
     /many/
