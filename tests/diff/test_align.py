"""The alignment has the least possible cost, and takes little time if little differs."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconstruct.diff.align import STEP, Pairing, align, increasing
from tests.pace import timed


def price(old: str, new: str) -> int | None:
    """Letters of one case may become each other."""
    return 500 + 40 * abs(ord(old) - ord(new)) if old.isupper() == new.isupper() else None


def run(old: str, new: str, limit: int = 250_000) -> tuple[Pairing, int]:
    def anchors() -> list[tuple[int, int]]:
        once = [(i, new.index(letter)) for i, letter in enumerate(old) if old.count(letter) == new.count(letter) == 1]
        return increasing(once)

    return align(len(old), len(new), lambda i, j: old[i] == new[j], lambda i, j: price(old[i], new[j]), anchors, limit)


def least(old: str, new: str) -> int:
    """The least cost by plain recursion over everything that can be done."""

    @cache
    def at(i: int, j: int) -> int:
        if i == len(old) or j == len(new):
            return STEP * (len(old) - i + len(new) - j)
        found = [at(i + 1, j) + STEP, at(i, j + 1) + STEP]
        if old[i] == new[j]:
            found.append(at(i + 1, j + 1))
        elif (change := price(old[i], new[j])) is not None:
            found.append(at(i + 1, j + 1) + change)
        return min(found)

    return at(0, 0)


def spent(old: str, new: str, pairs: Pairing) -> int:
    total = 0
    for i, j in pairs:
        if i is None or j is None:
            total += STEP
        elif old[i] != new[j]:
            change = price(old[i], new[j])
            assert change is not None
            total += change
    return total


letters = st.text("abcdeABC", max_size=12)


@given(letters, letters)
def test_the_cost_is_the_least(old: str, new: str) -> None:
    pairs, cost = run(old, new)

    assert cost == spent(old, new, pairs) == least(old, new)


@given(letters, letters)
def test_every_step_is_in_the_alignment_once_and_in_order(old: str, new: str) -> None:
    pairs, _ = run(old, new)

    assert [i for i, _ in pairs if i is not None] == list(range(len(old)))
    assert [j for _, j in pairs if j is not None] == list(range(len(new)))


@given(letters, letters)
def test_both_ways_cost_the_same(old: str, new: str) -> None:
    assert run(old, new)[1] == run(new, old)[1]


@given(letters, letters)
def test_beyond_the_limit_the_alignment_is_still_one(old: str, new: str) -> None:
    pairs, cost = run(old, new, limit=4)

    assert [i for i, _ in pairs if i is not None] == list(range(len(old)))
    assert [j for _, j in pairs if j is not None] == list(range(len(new)))
    assert cost == spent(old, new, pairs) >= least(old, new)


def test_equal_steps_are_compared_once_each() -> None:
    asked = 0

    def equal(i: int, j: int) -> bool:
        nonlocal asked
        asked += 1
        return (i if i < 50_000 else i + 1) == j

    pairs, cost = align(100_000, 100_001, equal, lambda i, j: None)

    assert cost == STEP
    assert (None, 50_000) in pairs
    assert asked < 100_010


@pytest.mark.no_cover
def test_five_hundred_other_steps_take_no_more_than_their_product() -> None:
    asked = 0

    def change(i: int, j: int) -> int:
        nonlocal asked
        asked += 1
        return 1999

    (_, cost), seconds = timed(lambda: align(400, 400, lambda i, j: False, change))

    assert cost == 400 * 1999
    assert asked <= 400 * 400
    assert seconds < 20


def test_a_step_inserted_before_ten_like_it() -> None:
    pairs, cost = run("aaaaaaaaaa", "baaaaaaaaaa")

    assert cost == STEP
    assert pairs[0] == (None, 0)
