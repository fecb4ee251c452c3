#: builder classic buildkit-0.8 buildkit-head
# buildah 1.28 fails where a name gains letters outside ASCII on the way
FROM base
COPY zażółć.txt /zażółć.txt
COPY ["one.txt", "/żółty folder/"]
WORKDIR /日本
COPY two.txt .
