FROM anyshell
RUN ["apt-get", "update"]
RUN ["apt-get", "install", "-y", "a b", ""]
RUN ["/bin/bash", "-c", "echo hello"]
RUN ["/bin/sh", "-c", "apt-get update && apt-get install x"]
RUN ["npm", "ci", "--omit=dev"]
RUN ["mkdir", "-p", "/a", "/b c"]
RUN ["curl", "-fsSL", "https://example.org/?a=1&b=2", "-o", "/tmp/x"]
ENTRYPOINT ["python3", "-m", "http.server"]
