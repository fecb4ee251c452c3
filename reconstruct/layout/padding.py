"""Continuation characters that the author aligned in one column, with spaces before them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from reconstruct.layout.gaps import Gap

_KEYWORD = len("RUN ")
_WIDEST = 160
_LOOKED_AT = 40
_LOOK_AHEAD = 4
_FEW_BLANKS = 16


def padding(found: Sequence[Gap]) -> dict[int, int]:
    """The number of spaces before the continuation character, by the start of the gap; empty if none are aligned.

    If they are aligned, all lines have the same length, padding included: line i ends at i times the column. Of the
    columns that the first gaps allow, the one with the most usual indentations is chosen.
    """
    if 2 <= len(found) < 4:
        return _few(found)
    widths = {len(g.space) for g in found}
    if len(found) < 4 or len(widths) < 4 or max(widths) < 8:
        return {}
    head = found[:_LOOKED_AT]
    common = Counter(len(g.space) - 1 for g in head)
    best, column = 0.0, 0
    line = -_KEYWORD
    for seed in head[:2]:
        for edge in range(max(seed.start - line + 2, 8), min(seed.end - line, seed.start - line + _WIDEST) + 1):
            score = _score(head, edge, common)
            if score > best:
                best, column = score, edge
        line = seed.start + 1
    if best < max(2.0, 0.35 * len(head)):
        return {}
    return _trails(found, column)


def _few(found: Sequence[Gap]) -> dict[int, int]:
    """The same for two or three gaps: two consecutive wide ones give the column, because both lines have its length."""
    first, second = found[:2]
    edge = second.end - first.end
    column = first.end + _KEYWORD - edge
    wide = min(len(first.space), len(second.space)) > _FEW_BLANKS
    return _trails(found, edge) if wide and 0 < column <= _FEW_BLANKS // 2 else {}


def _score(head: Sequence[Gap], edge: int, common: Counter[int]) -> float:
    trails = _trails(head, edge)
    columns = Counter(len(g.space) - trails[g.start] for g in head if g.start in trails)
    usual = sum(n for c, n in columns.items() if c in (2, 4, 8) or common[c] > 1 or n > 2)
    return usual - 0.5 * len(columns) - 0.4 * sum(n for c, n in columns.items() if c % 2)


def _trails(found: Sequence[Gap], edge: int) -> dict[int, int]:
    """The spaces before continuation characters in column `edge`, except on lines that are longer."""
    trails = {}
    columns: dict[int, int] = {}
    line = -_KEYWORD
    for i, (start, stop, _, _, _) in enumerate(found):
        end = line + edge
        if start + 1 < end < stop:
            trails[start] = end - start
            columns[stop - end] = columns.get(stop - end, 0) + 1
            line = end
            continue
        # A line that is too long: the next one starts after one space, or in the usual column, as its own end will show.
        line = start + 1
        usual = stop - max(columns, key=columns.__getitem__) if columns else 0
        agreeing = _hits(found, i + 1, usual, edge) if start < usual else 0
        if agreeing and agreeing > _hits(found, i + 1, line, edge):
            line = usual
    return trails


def _hits(found: Sequence[Gap], start: int, line: int, edge: int) -> int:
    """How many of the next gaps agree with a line that starts at `line`."""
    hits = 0
    for gap in found[start : start + _LOOK_AHEAD]:
        line += edge
        if not gap.start + 1 < line < gap.end:
            break
        hits += 1
    return hits
