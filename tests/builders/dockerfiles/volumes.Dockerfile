FROM base
VOLUME /one
VOLUME /two /three
VOLUME ["/four"]
VOLUME ["/five six", "/seven"]
VOLUME ["/a, b", "/c]d"]
VOLUME /one
