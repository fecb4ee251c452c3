FROM base
MAINTAINER Someone Else <s@example.org>
RUN true
MAINTAINER "Quoted Name"
MAINTAINER Trailing, Comma & Co. "x" 'y' \ z
LABEL maintainer="Label <l@example.org>"
