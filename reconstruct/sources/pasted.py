"""A printed history as people pass it on: behind a prompt, in a code block, quoted, indented, with a log's times in front.

The table begins with its header, whatever stands before it, and has on every line what stands before the header.
"""

from __future__ import annotations

import itertools
import re

from reconstruct import pattern
from reconstruct.errors import UnreadableError
from reconstruct.sources import history
from reconstruct.sources.interface import Candidate, Reading

NAME = "pasted history"

_ANSI = pattern.compile(r"\x1b\[[0-9;]{0,16}m")
_HEADER = r"(?=(?:IMAGE|ID|SNAPSHOT) +CREATED(?: AT)? +CREATED BY\b)"
# A quotation, a log's time (GitHub, GitLab, Jenkins), the name of a Compose service, a build's step, an indentation.
_FRONTS = (
    r"(?:[ \t]{0,8}>){1,8} ?",
    r"\[?\d{4}-\d\d-\d\d[T ][\d:.,]{5,20}(?:Z|[+-]\d\d:?\d\d)?\]? (?:\d\d[OE] )?",
    r"[\w./-]{1,64} {0,32}\| ",
    r"#\d{1,4} \d{1,6}\.\d{1,6} ",
    r"[ \t]{1,64}",
    r"",
)
_STARTS = tuple((pattern.compile(front + _HEADER), pattern.compile(front)) for front in _FRONTS)
_FENCES = ("```", "~~~")
# How far down a header is looked for.
_LOOKED_AT = 500


def recognises_text(text: str) -> bool:
    """By a table's header on one of the first lines."""
    return _start(_lines(text)) is not None


def images_of_text(text: str, reading: Reading) -> list[Candidate]:
    """The one image of the first table. UnreadableError if it has no row."""
    image = history.from_table("\n".join(_table(text)))
    if not image.history:
        raise UnreadableError(f"{reading.label}: a history table without rows")
    return [Candidate(lambda: image)]


def _lines(text: str) -> list[str]:
    return _ANSI.sub("", text).replace("\r\n", "\n").split("\n") if "CREATED BY" in text else []


def _start(lines: list[str]) -> tuple[int, re.Pattern[str]] | None:
    """The header's line, and what stands before it on every line."""
    for number, line in enumerate(itertools.islice(lines, _LOOKED_AT)):
        if "CREATED BY" in line:
            for header, front in _STARTS:
                if header.match(line):
                    return number, front
    return None


def _table(text: str) -> list[str]:
    """The lines from the header to the end of the table's block, without what stands before them."""
    lines = _lines(text)
    found = _start(lines)
    if found is None:
        return []
    number, front = found
    out = []
    for line in lines[number:]:
        before = front.match(line)
        if before is None and line.strip():
            break
        rest = line[before.end() :] if before else ""
        if rest.lstrip().startswith(_FENCES):
            break
        out.append(rest)
    return out
