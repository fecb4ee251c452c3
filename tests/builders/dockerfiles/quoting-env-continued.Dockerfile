FROM base
ENV FIRST=1 \
    SECOND="two words" \
    THIRD='three  words' \
    FOURTH=4
ENV LONG="first line \
second line \
    third line"
ENV PATH=/opt/app/bin:$PATH
ENV JAVA_OPTS="-Xmx512m -Dkey=\"quoted value\" -Dother='single'" \
	TABBED=yes
RUN echo "$FIRST" > /first
