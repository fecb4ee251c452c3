FROM base
WORKDIR /usr/src/app
COPY package*.json ./
RUN ls > /tmp/listing
COPY . .
WORKDIR /usr/src/app/src
COPY src/ .
ADD one.txt two.txt ./
