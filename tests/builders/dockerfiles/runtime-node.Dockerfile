FROM anyshell AS build
WORKDIR /usr/src/app
COPY package*.json ./
RUN npm ci --only=production && npm cache clean --force
COPY . .
RUN npm run build
FROM anyshell
ENV NODE_VERSION=20.11.1 \
    NODE_ENV=production
RUN ARCH= && dpkgArch="$(dpkg --print-architecture)" \
  && case "${dpkgArch##*-}" in \
    amd64) ARCH='x64';; \
    *) echo "unsupported architecture"; exit 1 ;; \
  esac \
  && set -ex \
  && for key in \
    4ED778F539E3634C779C87C6D7062848A1AB005C \
    141F07595B7B3FFE74309A937405533BE57C7D57 \
  ; do \
      gpg --batch --keyserver hkps://keys.example.org --recv-keys "$key" || \
      gpg --batch --keyserver keyserver.example.org --recv-keys "$key" ; \
  done
WORKDIR /usr/src/app
COPY --from=build /usr/src/app/src ./src
COPY --chown=app:app package.json ./
USER app
EXPOSE 3000
CMD [ "node", "server.js" ]
