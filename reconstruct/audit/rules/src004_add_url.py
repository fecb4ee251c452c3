"""SRC004: ADD fetches a URL without a checksum."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconstruct import pattern as lazy
from reconstruct.audit.context import Context
from reconstruct.audit.downloads import checked
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import BEST_PRACTICES, Hit, Rule, cis, cwe, docker
from reconstruct.syntax import Add, Run

_URL = lazy.compile(r"(?:https?|ftp)://", re.IGNORECASE)


def check(context: Context) -> Iterator[Hit]:
    """Fires for an ADD of a URL without `--checksum`; LOW for a key or list, or where a later step checks the file."""
    for position, add in context.of(Add):
        urls = [source for source in add.sources if _URL.match(source)]
        if not urls or any(name == "checksum" for name, _ in add.flags):
            continue
        later = _checked_later(context, position, urls[0])
        severity = Severity.LOW if later or re.search(r"\.(?:asc|key|gpg|pub|crt|pem|repo|list)$", urls[0]) else None
        yield Hit(
            position,
            f"ADD fetches {context.show(urls[0], 120)} without a checksum",
            severity=severity,
            bytes=context.layer_bytes(position),
            subject=(urls[0],),
        )


def _checked_later(context: Context, position: int, url: str) -> bool:
    """Whether a later RUN names the file and makes checks."""
    name = url.rstrip("/").split("?")[0].rsplit("/", 1)[-1]
    runs = (later for later in range(position + 1, min(position + 50, len(context.steps))))
    return any(
        isinstance(context.steps[later].instruction, Run) and name in context.text(later) and checked(context, later)
        for later in runs
    )


rule = Rule(
    id="SRC004",
    name="add-url-without-checksum",
    family=Family.SOURCES,
    severity=Severity.MEDIUM,
    summary="ADD fetches a URL without a checksum",
    why=(
        "ADD with a URL puts whatever the server has at build time into the image, unverified, and the builder "
        "may silently use a cached copy. The history records the URL, but nothing about the content."
    ),
    fix=(
        "Use `ADD --checksum=sha256:… URL` (BuildKit), or download in a RUN that verifies the file and deletes it "
        "when done."
    ),
    references=(
        cwe(494, "Download of Code Without Integrity Check"),
        cis("4.9", "Ensure that COPY is used instead of ADD in Dockerfiles"),
        docker("ADD or COPY", BEST_PRACTICES + "#add-or-copy"),
    ),
    check=check,
)
