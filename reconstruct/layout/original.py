"""The lines as the author broke them, as far as the white space in the text still tells."""

from __future__ import annotations

from reconstruct.layout.gaps import Language, gaps
from reconstruct.layout.indent import splits
from reconstruct.layout.style import line_breaks


def lines(text: str, spoken: Language, escape: str) -> list[str]:
    """`text` in physical lines; joined they are `text` again."""
    breaks = [g for g in line_breaks(text, gaps(text, spoken)) if _allowed(text, g.start, g.end, escape)]
    out = []
    start = 0
    for gap, pieces in zip(breaks, splits(text, breaks), strict=True):
        end = gap.start
        for piece in pieces[:-1]:
            end += piece
            out.append(text[start:end])
            start = end
    out.append(text[start:])
    return out


def _allowed(text: str, start: int, end: int, escape: str) -> bool:
    """Whether a Dockerfile parser takes a break between these places for what it is.

    A line that begins with `#` would be a comment, and an escape character before the continuation would escape it.
    """
    return text[start - 1] != escape and text[end] != "#"
