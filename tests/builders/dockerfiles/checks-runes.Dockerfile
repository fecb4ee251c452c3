FROM base
HEALTHCHECK --retries=3 CMD true
HEALTHCHECK --retries=7 CMD true
HEALTHCHECK --retries=9 CMD true
HEALTHCHECK --retries=13 CMD true
HEALTHCHECK --retries=39 CMD true
HEALTHCHECK --retries=92 CMD true
HEALTHCHECK --retries=127 CMD true
HEALTHCHECK --retries=160 CMD true
HEALTHCHECK --retries=300 CMD true
HEALTHCHECK --retries=333333 CMD true
HEALTHCHECK --interval=1h2m3.5s --timeout=1ms --start-period=36h CMD true
