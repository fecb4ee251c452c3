"""The report as JSON lines: one image per line, as in `images` of the JSON document (see its schema)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconstruct.audit.finding import Audit
from reconstruct.audit.formats.json import image_value
from reconstruct.show.text import json_line


def pieces(audits: Iterable[Audit]) -> Iterator[str]:
    """One line per image. `--baseline` reads this too."""
    for audit in audits:
        yield f"{json_line(image_value(audit))}\n"
