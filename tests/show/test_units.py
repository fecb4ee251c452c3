"""Sizes and shares for people to read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconstruct.show import units


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 KB"),
        (999_949, "999.9 KB"),
        (999_950, "1.0 MB"),
        (5_815_453_471, "5.8 GB"),
    ],
)
def test_sizes(size: int, expected: str) -> None:
    assert units.human(size) == expected


def test_sizes_beyond_the_last_unit() -> None:
    assert units.human(10**18) == "1000000.0 TB"


@given(st.floats(0, 1))
def test_a_bar_fills_its_width_and_shows_what_is_more_than_nothing(share: float) -> None:
    bar = units.bar(share)
    assert len(bar) == units.BAR_WIDTH
    assert bool(bar.strip()) == (share > 0)


def test_shares() -> None:
    assert units.bar(0.5) == "█████     "
    assert units.percent(0.5) == "50.0 %"
    assert units.percent(0.0001) == "<0.1 %"
    assert units.percent(0) == "0.0 %"


def test_short_digests() -> None:
    assert units.short("sha256:0123456789abcdef") == "0123456789ab"
    assert units.short(None) == ""
