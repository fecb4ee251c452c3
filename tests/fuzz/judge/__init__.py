"""BuildKit's own parser as a judge: `main.go`, built within a checkout of BuildKit, reads Dockerfiles from standard input.

git clone https://github.com/moby/buildkit && mkdir buildkit/cmd/judge && cp tests/fuzz/judge/main.go buildkit/cmd/judge/
(cd buildkit && go build -mod=vendor -o /tmp/judge ./cmd/judge)
BUILDKIT_JUDGE=/tmp/judge python -m tests.fuzz.run --target buildkit
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
from functools import cache
from typing import Any


@cache
def _process() -> subprocess.Popen[bytes] | None:
    path = os.environ.get("BUILDKIT_JUDGE")
    return subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE) if path else None


def present() -> bool:
    """Whether there is a judge."""
    return _process() is not None


def read(text: str) -> dict[str, Any] | None:
    """What BuildKit reads from a Dockerfile: its instructions, or why it rejects it. None without a judge."""
    process = _process()
    if process is None:
        return None
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(base64.b64encode(text.encode("utf-8", "surrogatepass")) + b"\n")
    process.stdin.flush()
    found: dict[str, Any] = json.loads(process.stdout.readline())
    return found
