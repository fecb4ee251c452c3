"""Line layout: the one long line that history keeps of an instruction, broken where its author broke it."""

from __future__ import annotations

import re
from collections.abc import Sequence

_RUN = re.compile(r"(?<=\S) ?(?=(?: {2,}|[ \t]*\t)[^\s#])")


def break_lines(
    text: str,
    *,
    shell: Sequence[str],
    escape: str = "\\",
    mode: str = "original",
    kind: str = "RUN",
) -> tuple[str, ...]:
    """The physical lines of an instruction's `text`, without continuation characters: `"".join(lines) == text`."""
    if mode == "flat" or "\n" in text:
        return (text,)
    lines = []
    start = 0
    for match in _RUN.finditer(text):
        if not text[start : match.end()].rstrip().endswith(escape):
            lines.append(text[start : match.end()])
            start = match.end()
    lines.append(text[start:])
    return tuple(lines)
