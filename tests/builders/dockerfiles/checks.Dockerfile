FROM base
HEALTHCHECK --interval=5m --timeout=3s --start-period=1m30s --retries=33 CMD wget -q -O - http://localhost/ || exit 1
HEALTHCHECK NONE
HEALTHCHECK --interval=1500ms CMD ["wget", "-q", "http://localhost:8080/a b", "it's \"x\""]
HEALTHCHECK --retries=10 CMD echo "Interval:5s Retries:3} ]"
