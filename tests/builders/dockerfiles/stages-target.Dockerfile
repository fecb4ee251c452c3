#: target middle
FROM base AS first
RUN echo first > /first
FROM first AS middle
RUN echo middle
CMD ["middle"]
FROM middle AS last
CMD ["last"]
