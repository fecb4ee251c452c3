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
FRONTS = tuple(pattern.compile(front) for front in _FRONTS)
_STARTS = tuple((pattern.compile(front + _HEADER), found) for front, found in zip(_FRONTS, FRONTS, strict=True))
_PROMPT = pattern.compile(r"\[[\w.+-]{1,64}@|[$#%>] |PS [A-Z]:\\|[\w.+-]{1,64}@[\w.-]{1,64}:")
_HEAD = "IMAGE  CREATED  CREATED BY  SIZE  COMMENT"
_FENCES = ("```", "~~~")
# How far down a header is looked for.
_LOOKED_AT = 500


def recognises_text(text: str) -> bool:
    """By a table's header on one of the first lines, or by its rows alone."""
    return _start(_lines(text)) is not None or bool(_headless(text))


def images_of_text(text: str, reading: Reading) -> list[Candidate]:
    """The one image of the first table. UnreadableError if it has no row."""
    image = history.from_table("\n".join(_table(text) or [_HEAD, *_headless(text)]))
    if not image.history:
        raise UnreadableError(f"{reading.label}: a history table without rows")
    return [Candidate(lambda: image)]


def _lines(text: str) -> list[str]:
    return plain_lines(text) if "CREATED BY" in text else []


def plain_lines(text: str) -> list[str]:
    """The lines of a text, without a terminal's colours."""
    return _ANSI.sub("", text).replace("\r\n", "\n").split("\n")


def is_prompt(line: str) -> bool:
    """Whether a line begins with a shell's prompt or a code block's fence."""
    return _PROMPT.match(line) is not None or line.lstrip().startswith(_FENCES)


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
    return block(lines[number:], front)


def _headless(text: str) -> list[str]:
    """The rows of a table whose header was left out: the first line that is no prompt, and another, are rows."""
    if " ago " not in text and "<missing>" not in text:
        return []
    lines = plain_lines(text)
    for number, line in enumerate(itertools.islice(lines, _LOOKED_AT)):
        for front in FRONTS:
            match = front.match(line)
            if match is not None and history.is_row(line[match.end() :]):
                rows = block(lines[number:], front)
                return rows if sum(map(history.is_row, rows)) > 1 else []
    return []


def block(lines: list[str], front: re.Pattern[str]) -> list[str]:
    """The lines of a block, without what stands before each: to a fence, or a line without that front."""
    out = []
    for line in lines:
        before = front.match(line)
        if before is None and line.strip():
            break
        rest = line[before.end() :] if before else ""
        if rest.lstrip().startswith(_FENCES):
            break
        out.append(rest)
    return out
