FROM python:3.12-slim-bookworm
ENV PYTHONUNBUFFERED=1
WORKDIR /srv/notes

RUN set -eux; \
	apt-get update; \
	apt-get install -y --no-install-recommends libpq5; \
	rm -rf /var/lib/apt/lists/*

COPY requirements.txt ./
RUN pip install --no-cache-dir -r requirements.txt
COPY notes/ notes/
USER 10001:10001
EXPOSE 8000
CMD ["python", "-m", "notes"]
