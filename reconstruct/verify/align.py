"""Aligns the Dockerfile's steps with the image's entries, so that a missing step is a single difference."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reconstruct import pattern
from reconstruct.builders.prediction import Entry
from reconstruct.image import HistoryEntry

_INSTRUCTION = pattern.compile(r"(?:/bin/sh -c #\(nop\) +)?([A-Z]+)(?: |$)")
# The maximum number of pairs compared; beyond that the two lists are compared position by position.
MAX_PAIRS = 250_000

# (position of the Dockerfile's step or None, index of the history entry or None)
Pair = tuple[int | None, int | None]


def aligned(
    own: Sequence[Entry],
    history: Sequence[HistoryEntry],
    first: int,
    same: Callable[[Entry, HistoryEntry], bool],
    below: bool = False,
) -> list[Pair]:
    """The steps in order, each with its entry, with the fewest steps missing, extra or changed.

    `below`: the history begins with the base's entries, as many as there may be.

    `first` is the expected entry of the first step; if all match from there on, no search is needed. Entries before
    the first paired one are the base's, and not in the list.
    """
    if first + len(own) == len(history) and all(map(same, own, history[first:])):
        return [(position, first + position) for position in range(len(own))]
    if len(own) * len(history) > MAX_PAIRS:
        return _by_place(own, history, first)
    return _joined(_cheapest(own, history, same, below))


def _by_place(own: Sequence[Entry], history: Sequence[HistoryEntry], first: int) -> list[Pair]:
    count = max(len(own), len(history) - first)
    return [
        (position if position < len(own) else None, first + position if 0 <= first + position < len(history) else None)
        for position in range(count)
    ]


def _cheapest(
    own: Sequence[Entry], history: Sequence[HistoryEntry], same: Callable[[Entry, HistoryEntry], bool], below: bool
) -> list[Pair]:
    """The longest common subsequence from the end; entries of the base before it cost nothing."""
    rows, columns = len(own), len(history)
    pairs: list[Pair] = []
    # What is the same from the end on is paired in any case: only what comes before it is searched.
    while rows and columns and same(own[rows - 1], history[columns - 1]):
        rows, columns = rows - 1, columns - 1
        pairs.append((rows, columns))
    best = [[0] * (columns + 1) for _ in range(rows + 1)]
    equal = [[same(entry, actual) for actual in history[:columns]] for entry in own[:rows]]
    for i in range(1, rows + 1):
        for j in range(1, columns + 1):
            if equal[i - 1][j - 1]:
                best[i][j] = best[i - 1][j - 1] + 1
            else:
                best[i][j] = max(best[i - 1][j], best[i][j - 1])
    i, j = rows, columns
    while i and j:
        if below and pairs and not best[i][j]:
            # The remaining steps have no entry, and the entries there are the base's, unless one is a changed step.
            changed = _keyword(own[i - 1].created_by) == _keyword(history[j - 1].created_by)
            if changed:
                pairs.append((None, j - 1))
                j -= 1
            pairs.append((i - 1, None))
            i -= 1
        elif equal[i - 1][j - 1]:
            i, j = i - 1, j - 1
            pairs.append((i, j))
        elif best[i][j - 1] >= best[i - 1][j]:
            j -= 1
            pairs.append((None, j))
        else:
            i -= 1
            pairs.append((i, None))
    pairs += [(position, None) for position in range(i - 1, -1, -1)]
    pairs.reverse()
    start = next((at for at, (position, _) in enumerate(pairs) if position is not None), len(pairs))
    return (
        pairs[start:]
        if any(p is not None and h is not None for p, h in pairs)
        else _by_place(own, history, max(0, columns - rows))
    )


def _keyword(text: str) -> str:
    """The instruction of an entry; without a keyword it is a RUN."""
    match = _INSTRUCTION.match(text)
    return match[1] if match else "RUN"


def _joined(pairs: Sequence[Pair]) -> list[Pair]:
    """Turns adjacent runs of missing steps and extra entries into changed steps, up to the length of the shorter."""
    found: list[Pair] = []
    run: list[Pair] = []
    for pair in (*pairs, (0, 0)):
        if None in pair:
            run.append(pair)
            continue
        missing = [position for position, _ in run if position is not None]
        extra = [index for _, index in run if index is not None]
        found += zip(missing, extra, strict=False)
        found += [(position, None) for position in missing[len(extra) :]]
        found += [(None, index) for index in extra[len(missing) :]]
        run = []
        found.append(pair)
    return found[:-1]
