FROM base AS tools
RUN echo tool > /tool && mkdir /tools && echo 1 > /tools/one
FROM base
COPY one.txt /data/
COPY one.txt two.txt /data/
COPY dir /data/dir
COPY dir/ /data/dir2/
COPY . /everything/
COPY ["name with space.txt", "/data/name with space.txt"]
COPY *.txt /globbed/
COPY --chown=1000:1000 one.txt /data/owned.txt
COPY --from=tools /tool /usr/local/bin/tool
COPY --from=tools /tools/ /tools/
ADD archive.tar.gz /unpacked/
ADD one.txt two.txt /added/
WORKDIR /srv
COPY one.txt .
COPY one.txt ./
WORKDIR sub/dir
COPY two.txt ../
