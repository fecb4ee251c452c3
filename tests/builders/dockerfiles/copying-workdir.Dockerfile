FROM base
WORKDIR /usr/src/app
COPY package*.json ./
RUN cat package.json > /tmp/package
COPY . .
WORKDIR /usr/src/app/src
COPY src/ .
ADD one.txt two.txt ./
