"""A numbered list of instructions, oldest first, as web pages and desktop programs show an image's layers (Docker Hub,
Docker Desktop): the number, the instruction and the size, on one line or on lines of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconstruct import pattern
from reconstruct.entries import KEYWORDS, with_frame
from reconstruct.sources import history, pasted
from reconstruct.sources.interface import Candidate, Reading
from reconstruct.typed import Any

NAME = "numbered instructions"

_SIZE = r"\d{1,18}(?:[.,]\d{1,9})? ?(?:[kKMGTP]i?)?(?:B|[Bb]ytes)"
_NUMBER = pattern.compile(r"\s*#?(?P<number>\d{1,5})[.):]?(?:\s+(?P<text>\S.*))?\s*", re.DOTALL)
_TEXT = pattern.compile(rf"(?:/bin/sh -c |cmd /S /C |\|\d{{1,6}} |# debian|(?:{KEYWORDS}) )")
_LINE = pattern.compile(rf"\s*{_SIZE}\s*")
_BEHIND = pattern.compile(rf"(?<=\s){_SIZE}$")
# More characters than a size has.
_LONGEST = 64
_FEWEST = 2


def recognises_text(text: str) -> bool:
    """By numbers that count up from 0 or 1, each before an instruction."""
    return len(list(_rows(text))) >= _FEWEST


def images_of_text(text: str, reading: Reading) -> list[Candidate]:
    """The one image of the list."""
    rows = list(_rows(text))
    return [Candidate(lambda: history.from_rows(rows[::-1]))]


def _rows(text: str) -> Iterator[dict[str, Any]]:
    """The instructions in order, as rows of a history; nothing behind a line that is none."""
    lines = [line for line in pasted.plain_lines(text) if line.strip()]
    at, expected = 0, None
    while at < len(lines):
        match = _NUMBER.fullmatch(lines[at])
        if match is None or int(match["number"]) not in ((0, 1) if expected is None else (expected,)):
            if expected is None:
                at += 1
                continue
            return
        command = match["text"]
        at += 1
        if command is None and at < len(lines):
            command, at = lines[at].strip(), at + 1
        if command is None or not _TEXT.match(command):
            return
        expected = int(match["number"]) + 1
        size = None
        if behind := _BEHIND.search(command.rstrip()[-_LONGEST:]):
            command, size = command.rstrip().removesuffix(behind.group()).rstrip(), behind.group()
        elif at < len(lines) and _LINE.fullmatch(lines[at]):
            size, at = lines[at].strip(), at + 1
        yield {"createdby": with_frame(command), "size": size}
