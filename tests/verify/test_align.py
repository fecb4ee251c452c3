"""Steps are aligned with entries by what differs, not by comparing each with each."""

from __future__ import annotations

from reconstruct.builders.prediction import Entry
from reconstruct.image import HistoryEntry
from reconstruct.verify.align import aligned


def test_only_what_precedes_the_common_end_is_compared_with_each() -> None:
    own = [Entry(f"RUN {number}") for number in range(300)]
    history = [
        HistoryEntry("the base"),
        HistoryEntry("RUN another"),
        *(HistoryEntry(one.created_by) for one in own[1:]),
    ]
    compared = 0

    def same(entry: Entry, actual: HistoryEntry) -> bool:
        nonlocal compared
        compared += 1
        return entry.created_by == actual.created_by

    assert aligned(own, history, 0, same, below=True) == [(number, number + 1) for number in range(300)]
    assert compared < 2 * len(own)
