"""Aligned columns for a terminal: the last one cut to what is left of the width."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from tabulate import tabulate

GAP = 2
_LEAST = 20


def cell_width(text: str) -> int:
    """How many columns a terminal needs for `text`: none for combining marks, two for wide characters."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def cut(text: str, width: int | None) -> str:
    """`text` in at most `width` columns, `…` at the end of what was cut; all of it where the width is
    None.
    """
    if width is None or cell_width(text) <= width:
        return text
    kept, used = [], 1
    for char in text:
        used += cell_width(char)
        if used > width:
            break
        kept.append(char)
    return "".join(kept) + "…"


def grid(head: Sequence[str], rows: Sequence[Sequence[str]], right: str, width: int | None) -> list[str]:
    """The table's lines, its head first. `right` holds the heads of the columns aligned to the right."""
    fixed = sum(_widest(column) + GAP for column in list(zip(head, *rows, strict=True))[:-1])
    left = None if width is None else max(width - fixed, _LEAST)
    shown = [[*row[:-1], cut(row[-1], left)] for row in rows]
    align = ["right" if name in right.split() else "left" for name in head]
    text = tabulate(shown, headers=head, tablefmt="plain", disable_numparse=True, colalign=align if rows else None)
    return [cut(line.rstrip(), width) for line in text.splitlines()]


def _widest(column: Sequence[str]) -> int:
    return max(cell_width(cell) for cell in column)
