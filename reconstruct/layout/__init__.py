"""Line layout: the one long line that history keeps of an instruction, broken where its author broke it."""

from __future__ import annotations

import re
from collections.abc import Sequence

_RUN = re.compile(r"\t|  ")


def break_lines(
    text: str,
    *,
    shell: Sequence[str],
    escape: str = "\\",
    mode: str = "original",
    kind: str = "RUN",
) -> tuple[str, ...]:
    """The physical lines of an instruction's `text`, without continuation characters: `"".join(lines) == text`."""
    if mode == "flat" or "\n" in text or not _RUN.search(text):
        return (text,)
    from reconstruct.layout import original
    from reconstruct.layout.gaps import language

    return tuple(original.lines(text, language(shell), escape))
