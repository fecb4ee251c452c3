"""`docker history --no-trunc --format '{{.CreatedBy}}'`: the commands alone, or behind the entry's ID or size.

Newest first, as the command prints them, or turned round by `tac`: then the root file system comes first.
"""

from __future__ import annotations

from reconstruct import pattern
from reconstruct.entries import BUILDKIT_MARK, KEYWORDS
from reconstruct.sources import history
from reconstruct.sources.interface import Candidate, Reading
from reconstruct.typed import Any

NAME = "commands of a history"

_SIZE = r"\d{1,18}(?:\.\d{1,9})?[kMGTP]?B"
_ROW = pattern.compile(
    rf"(?:(?P<id><missing>|(?:sha256:)?[0-9a-f]{{12,64}})[ \t]+)?(?:(?P<size>{_SIZE})[ \t]+)?"
    rf"(?P<text>(?:/bin/sh -c |cmd /S /C |\|\d{{1,6}} |(?:{KEYWORDS}) ).*)"
)
_BEHIND = pattern.compile(rf"\t(?P<size>{_SIZE})\s*$")
_ROOT = pattern.compile(r"/bin/sh -c #\(nop\) +ADD .* in / *|ADD \S+ / # buildkit")
_NOP = "#(nop) "


def recognises_text(text: str) -> bool:
    """By a builder's mark on a line that begins as an entry does, and the first line too; a Dockerfile has no such mark."""
    if _NOP not in text and BUILDKIT_MARK not in text:
        return False
    lines = text.lstrip().splitlines()
    if not _ROW.fullmatch(lines[0]):
        return False
    return any((_NOP in line or BUILDKIT_MARK in line) and _ROW.fullmatch(line) for line in lines) and not any(
        line.startswith("FROM ") for line in lines
    )


def images_of_text(text: str, reading: Reading) -> list[Candidate]:
    """The one image of the commands."""
    rows: list[dict[str, Any]] = []
    for line in text.strip().splitlines():
        match = _ROW.fullmatch(line)
        if match is not None:
            rows.append({"createdby": match["text"], "id": match["id"], "size": match["size"]})
        else:
            rows[-1]["createdby"] += f"\n{line}"
    for row in rows:
        if behind := _BEHIND.search(row["createdby"]):
            row |= {"createdby": row["createdby"][: behind.start()], "size": behind["size"]}
    if _ROOT.fullmatch(rows[0]["createdby"]) and not _ROOT.fullmatch(rows[-1]["createdby"]):
        rows.reverse()
    return [Candidate(lambda: history.from_rows(rows))]
