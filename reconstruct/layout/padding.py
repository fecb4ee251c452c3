"""Continuation characters that the author lined up in one column, with blanks before them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from reconstruct.layout.gaps import Gap

_KEYWORD = len("RUN ")
_WIDEST = 160
_LOOKED_AT = 40


def padding(found: Sequence[Gap]) -> dict[int, int]:
    """How many blanks stand before the continuation character, by the start of the gap; empty if none are lined up.

    Lined up, each line with its padding is as long as any other, whatever its indentation: line i ends at i times the
    column. Of the columns that the first gaps leave, the one is taken that gives the most usual indentations.
    """
    widths = {len(g.space) for g in found}
    if len(found) < 4 or len(widths) < 4 or max(widths) < 8:
        return {}
    head = found[:_LOOKED_AT]
    common = Counter(len(g.space) - 1 for g in head)
    best, column = 0.0, 0
    for seed in head[:2]:
        for edge in range(seed.start + _KEYWORD + 2, min(seed.end, seed.start + _WIDEST) + _KEYWORD + 1):
            score = _score(head, edge, common)
            if score > best:
                best, column = score, edge
    if best < max(2.0, 0.35 * len(head)):
        return {}
    return _trails(found, column)


def _score(head: Sequence[Gap], edge: int, common: Counter[int]) -> float:
    trails = _trails(head, edge)
    columns = Counter(len(g.space) - trails[g.start] for g in head if g.start in trails)
    usual = sum(n for c, n in columns.items() if c in (2, 4, 8) or common[c] > 1 or n > 2)
    return usual - 0.5 * len(columns) - 0.4 * sum(n for c, n in columns.items() if c % 2)


def _trails(found: Sequence[Gap], edge: int) -> dict[int, int]:
    """The blanks before continuation characters in column `edge`, without the lines that reach beyond."""
    trails = {}
    line = -_KEYWORD
    for gap in found:
        end = line + edge
        if gap.start + 1 < end < gap.end:
            trails[gap.start] = end - gap.start
            line = end
        else:
            line = gap.start + 1
    return trails
