# An application: `&&` at line ends, four blanks, package lists one a line.
FROM ubuntu:24.04
RUN apt-get update && \
    apt-get install -y --no-install-recommends \
        build-essential \
        curl \
        git && \
    rm -rf /var/lib/apt/lists/*
RUN curl -fsSL https://example.com/setup.sh -o /tmp/setup.sh && \
    bash /tmp/setup.sh --prefix=/opt/app && \
    rm /tmp/setup.sh
RUN useradd --create-home --shell /bin/bash app && \
    mkdir -p /app/data /app/logs && \
    chown -R app:app /app && \
    if [ "$DEBUG" = "1" ]; then \
        pip install debugpy; \
    fi
RUN pip install --no-cache-dir \
    flask==3.0.0 \
    gunicorn==21.2.0 \
    requests
RUN apk add --no-cache \
        git \
        bash \
        && \
    pip install -U pip && \
    pip install pelican
RUN echo "deb https://packages.example stable main" > /etc/apt/sources.list.d/x.list &&\
    apt-get update &&\
    apt-get install -y x
