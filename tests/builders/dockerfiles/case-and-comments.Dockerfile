# a comment on top
from base as only
run echo lower case keyword
Env Mixed=Case
  RUN echo indented instruction
# between
RUN echo a \
    # an indented comment inside
    && echo b
CMD ["x"]   
