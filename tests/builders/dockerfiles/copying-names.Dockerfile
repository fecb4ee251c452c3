FROM base
COPY zażółć.txt /unicode/
COPY it\'s.txt /quotes/
COPY ["it\\'s.txt", "name with space.txt", "/a folder/"]
COPY ["one.txt", "/with \"double\" quotes"]
COPY only/*.dat /one-match/
COPY d?r /single-letter/
COPY three.md app.conf src /mixed/
ADD ["app.conf", "two.txt", "/more words/"]
COPY one.txt /dollar\$sign
COPY ./dir/./nested/ /dots/
