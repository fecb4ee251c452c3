#: builder classic buildkit-0.8 buildkit-head buildah-layers
FROM base AS parent
ONBUILD RUN echo triggered > /triggered
ONBUILD ENV TRIGGERED="yes it is"
FROM parent
RUN cat /triggered
CMD ["sh"]
