"""The report as JSON lines: an image a line, as it stands in `images` of the JSON document (see its schema)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconstruct.audit.finding import Audit
from reconstruct.audit.formats.json import image_value
from reconstruct.show.text import json_line


def pieces(audits: Iterable[Audit]) -> Iterator[str]:
    """A line an image. It is also what `--baseline` reads."""
    for audit in audits:
        yield f"{json_line(image_value(audit))}\n"
