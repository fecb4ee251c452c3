"""From an alignment to rows: what moved, singly or as a block, and which RUN was split or merged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from reconstruct.diff.align import Pairing
from reconstruct.diff.canonical import Canon, RunView
from reconstruct.diff.changes import dice, equal, words_of
from reconstruct.diff.model import Status, StepDifference
from reconstruct.record import replace

# Adjacent RUNs with at least this share of common words are one RUN split or merged.
ALIKE = 0.9
# The maximum number of RUNs that one RUN is split into.
PARTS = 8


def rows(pairing: Pairing, old: Sequence[Canon], new: Sequence[Canon]) -> list[StepDifference]:
    """One row per pair; equal removed and added steps become one moved row, at the new position."""
    found = [_row(i, j, old, new) for i, j in pairing]
    found = _moved(found, old, new)
    found = _split(found, old, new, Status.SPLIT)
    return _split(found, old, new, Status.MERGED)


def _row(i: int | None, j: int | None, old: Sequence[Canon], new: Sequence[Canon]) -> StepDifference:
    if i is None:
        return StepDifference(Status.ADDED, new=() if j is None else (j,))
    if j is None:
        return StepDifference(Status.REMOVED, old=(i,))
    return StepDifference(Status.SAME if equal(old[i], new[j]) else Status.CHANGED, old=(i,), new=(j,))


def _moved(found: list[StepDifference], old: Sequence[Canon], new: Sequence[Canon]) -> list[StepDifference]:
    """Pairs each added step with an equal removed one, preferring to continue the previous block."""
    gone = [row.old[0] for row in found if row.status is Status.REMOVED]
    by_key: dict[object, list[int]] = {}
    for i in gone:
        by_key.setdefault(old[i].exact, []).append(i)
    origin: dict[int, int] = {}
    taken: set[int] = set()
    for row in found:
        if row.status is not Status.ADDED:
            continue
        j = row.new[0]
        candidates = [i for i in by_key.get(new[j].exact, ()) if i not in taken]
        candidates = candidates or [i for i in gone if i not in taken and equal(old[i], new[j])]
        if candidates:
            follows = origin.get(j - 1, -2) + 1
            origin[j] = follows if follows in candidates else candidates[0]
            taken.add(origin[j])
    return list(_merged_moves(found, origin, taken))


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

    def _fitting(self, size: int) -> Iterator[tuple[int, int]]:
        """Groups of two to PARTS adjacent RUNs with about as many words; others can't reach ALIKE."""
        least, most = size * ALIKE / (2 - ALIKE), size * (2 - ALIKE) / ALIKE
        for start in range(len(self._places)):
            total = self._sizes[start]
            if total < 0 or total > most:
                continue
            for end in range(start + 1, min(start + PARTS, len(self._places))):
                if self._sizes[end] < 0 or self._places[end] != self._places[end - 1] + 1:
                    break
                total += self._sizes[end]
                if total > most or self._compared >= _MOST_COMPARED:
                    break
                if total >= least:
                    self._compared += 1
                    yield start, end + 1


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
