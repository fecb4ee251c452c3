"""From an alignment to rows: what moved, singly or as a block, and which RUN was split or merged."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterator, Sequence

from reconstruct.diff.align import LIMIT, Pairing
from reconstruct.diff.canonical import Canon, RunView
from reconstruct.diff.changes import Equals, dice, equal, words_of
from reconstruct.diff.model import Status, StepDifference
from reconstruct.record import replace

# Adjacent RUNs with at least this share of common words are one RUN split or merged.
ALIKE = 0.9
# The maximum number of RUNs that one RUN is split into.
PARTS = 8


def rows(
    pairing: Pairing, old: Sequence[Canon], new: Sequence[Canon], left: Callable[[int], None] = lambda step: None
) -> list[StepDifference]:
    """One row per pair; equal removed and added steps become one moved row, at the new position.

    `left` gets each added step that was not compared with all removed ones, because there are too many.
    """
    found = [_row(i, j, old, new) for i, j in pairing]
    found = _moved(found, old, new, left)
    found = _split(found, old, new, Status.SPLIT)
    return _split(found, old, new, Status.MERGED)


def _row(i: int | None, j: int | None, old: Sequence[Canon], new: Sequence[Canon]) -> StepDifference:
    if i is None:
        return StepDifference(Status.ADDED, new=() if j is None else (j,))
    if j is None:
        return StepDifference(Status.REMOVED, old=(i,))
    return StepDifference(Status.SAME if equal(old[i], new[j]) else Status.CHANGED, old=(i,), new=(j,))


def _moved(
    found: list[StepDifference], old: Sequence[Canon], new: Sequence[Canon], left: Callable[[int], None]
) -> list[StepDifference]:
    """Pairs each added step with an equal removed one, preferring to continue the previous block."""
    gone = _Gone(old, [row.old[0] for row in found if row.status is Status.REMOVED], left)
    origin: dict[int, int] = {}
    for row in found:
        if row.status is Status.ADDED:
            j = row.new[0]
            at = gone.take(new[j], follows=origin.get(j - 1, -2) + 1)
            if at is not None:
                origin[j] = at
    return list(_merged_moves(found, origin, gone.taken))


class _Gone:
    """The removed steps, each of which one added step may be."""

    def __init__(self, old: Sequence[Canon], places: Sequence[int], left: Callable[[int], None]) -> None:
        self.taken: set[int] = set()
        self._old = old
        self._places = frozenset(places)
        self._by_key: dict[Hashable, deque[int]] = {}
        for i in places:
            self._by_key.setdefault(old[i].exact, deque()).append(i)
        self._equals = Equals(old, places, old=True)
        self._compared = 0
        self._left = left

    def take(self, added: Canon, follows: int) -> int | None:
        """The position of a removed step that equals `added`, which is not removed any more: `follows` if it is one."""
        alike = self._by_key.get(added.exact, deque())
        while alike and alike[0] in self.taken:
            alike.popleft()
        at = self._one_of(alike, added, follows) if alike else self._compared_one(added, follows)
        if at is not None:
            self.taken.add(at)
        return at

    def _one_of(self, alike: Sequence[int], added: Canon, follows: int) -> int:
        is_alike = 0 <= follows < len(self._old) and self._old[follows].exact == added.exact
        return follows if is_alike and self._is_free(follows) else alike[0]

    def _is_free(self, at: int) -> bool:
        return at not in self.taken and at in self._places

    def _compared_one(self, added: Canon, follows: int) -> int | None:
        """The same for a step without an equal key, which may be equal all the same."""
        found = []
        for at in self._equals.candidates(added):
            if at in self.taken:
                continue
            if self._compared >= LIMIT:
                self._left(added.position)
                break
            self._compared += 1
            if self._equals.equal(at, added):
                found.append(at)
        return (follows if follows in found else found[0]) if found else None


def _merged_moves(found: Sequence[StepDifference], origin: dict[int, int], taken: set[int]) -> Iterator[StepDifference]:
    """`block` numbers the moved rows: the same number for steps that moved together."""
    block = -1
    for row in found:
        if row.status is Status.REMOVED and row.old[0] in taken:
            continue
        if row.status is Status.ADDED and row.new[0] in origin:
            j = row.new[0]
            if origin.get(j - 1, -2) + 1 != origin[j]:
                block += 1
            yield replace(row, status=Status.MOVED, old=(origin[j],), block=block)
        else:
            yield row


def _split(
    found: list[StepDifference], old: Sequence[Canon], new: Sequence[Canon], status: Status
) -> list[StepDifference]:
    """Finds a RUN on one side whose words are those of several adjacent ones on the other."""
    one, several = (old, new) if status is Status.SPLIT else (new, old)
    result: list[StepDifference] = []
    index = 0
    while index < len(found):
        end = index
        while end < len(found) and found[end].status in (Status.CHANGED, Status.ADDED, Status.REMOVED):
            end += 1
        if end == index:
            result.append(found[index])
            index += 1
            continue
        result += _split_hunk(found[index:end], one, several, status)
        index = end
    return result


def _split_hunk(
    hunk: list[StepDifference], one: Sequence[Canon], several: Sequence[Canon], status: Status
) -> list[StepDifference]:
    """`hunk` are adjacent rows without an unchanged one, so the positions on each side are adjacent too."""
    is_split = status is Status.SPLIT
    wholes = [row.old[0] if is_split else row.new[0] for row in hunk if (row.old if is_split else row.new)]
    places = [row.new[0] if is_split else row.old[0] for row in hunk if (row.new if is_split else row.old)]
    pieces = _Pieces(places, several)
    for whole in wholes:
        group = pieces.of(one[whole])
        if group:
            return _regrouped(hunk, whole, group, status)
    return hunk


# The maximum number of groups in a hunk compared word by word; beyond that no split is searched.
_MOST_COMPARED = 5_000


class _Pieces:
    """The RUNs on one side of a hunk with their words, counted once, to find groups that one RUN was split into."""

    def __init__(self, places: Sequence[int], several: Sequence[Canon]) -> None:
        self._places = places
        self._words = [words_of(run_text(several[at])) if several[at].kind == "RUN" else None for at in places]
        self._sizes = [words.total() if words is not None else -1 for words in self._words]
        self._groups = sorted(self._every_group())
        self._compared = 0

    def of(self, whole: Canon) -> tuple[int, ...]:
        """The adjacent RUNs whose words together are those of `whole`, and none of which is similar on its own."""
        if whole.kind != "RUN":
            return ()
        words = words_of(run_text(whole))
        best: tuple[float, int, int] = (ALIKE, 0, 0)
        for start, end in self._fitting(words.total()):
            together: Counter[str] = Counter()
            for at in range(start, end):
                together += self._words[at] or Counter()
            likeness = dice(words, together)
            if likeness > best[0]:
                best = likeness, start, end
        group = range(best[1], best[2])
        alone = max((dice(words, self._words[at] or Counter()) for at in group), default=0.0)
        return tuple(self._places[at] for at in group) if best[0] - alone > 0.02 else ()

    def _every_group(self) -> Iterator[tuple[int, int, int]]:
        """(words, start, end) of two to PARTS adjacent RUNs."""
        for start, total in enumerate(self._sizes):
            if total < 0:
                continue
            for end in range(start + 1, min(start + PARTS, len(self._places))):
                if self._sizes[end] < 0 or self._places[end] != self._places[end - 1] + 1:
                    break
                total += self._sizes[end]
                yield total, start, end + 1

    def _fitting(self, size: int) -> Iterator[tuple[int, int]]:
        """Groups with about as many words; others can't reach ALIKE."""
        if self._compared >= _MOST_COMPARED:
            return
        least, most = size * ALIKE / (2 - ALIKE), size * (2 - ALIKE) / ALIKE
        first, last = bisect_left(self._groups, (least,)), bisect_right(self._groups, (most, math.inf))
        for start, end in sorted((start, end) for _, start, end in self._groups[first:last]):
            if self._compared >= _MOST_COMPARED:
                return
            self._compared += 1
            yield start, end


def run_text(canon: Canon) -> str:
    """The text of a RUN; empty for any other step."""
    return canon.view.text if isinstance(canon.view, RunView) else ""


def _regrouped(
    hunk: Sequence[StepDifference], whole: int, group: tuple[int, ...], status: Status
) -> list[StepDifference]:
    """The hunk with one row for the split step; its former partner is unpaired again."""
    is_split = status is Status.SPLIT
    row = (
        StepDifference(status, old=(whole,), new=group) if is_split else StepDifference(status, old=group, new=(whole,))
    )
    result: list[StepDifference] = []
    placed = False
    for each in hunk:
        mine, theirs = (each.old, each.new) if is_split else (each.new, each.old)
        in_group = bool(theirs) and theirs[0] in group
        is_whole = bool(mine) and mine[0] == whole
        if (in_group or is_whole) and not placed:
            result.append(row)
            placed = True
        if mine and not is_whole and (in_group or not theirs):
            result.append(_alone(mine[0], on_old=is_split))
        elif theirs and not in_group and (is_whole or not mine):
            result.append(_alone(theirs[0], on_old=not is_split))
        elif not in_group and not is_whole:
            result.append(each)
    return result


def _alone(at: int, *, on_old: bool) -> StepDifference:
    if on_old:
        return StepDifference(Status.REMOVED, old=(at,))
    return StepDifference(Status.ADDED, new=(at,))
