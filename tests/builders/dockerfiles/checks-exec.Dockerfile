FROM base
HEALTHCHECK --interval=30s --timeout=5s CMD ["pg_isready", "-U", "postgres", "-d", "a \"b\" c"]
HEALTHCHECK --start-period=5s CMD test "$(redis-cli ping)" = 'PONG'
HEALTHCHECK --interval=1m --retries=5 \
    CMD curl --fail http://127.0.0.1:9200/_cluster/health?wait_for_status=yellow \
        || exit 1
