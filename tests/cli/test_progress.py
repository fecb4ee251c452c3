"""The progress line: where it is shown, and what it says."""

from __future__ import annotations

import io
import sys

import pytest

from reconstruct.cli import options, progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("count", "total", "seconds", "line"),
    [
        (5000, 10000, 50.0, "auditing [##########..........] 5,000 of 10,000, 100/s, 50 s left"),
        (10, 100000, 1.0, "auditing [....................] 10 of 100,000, 10/s, 2.8 h left"),
        (300, 1200, 100.0, "auditing [#####...............] 300 of 1,200, 3/s, 5 min left"),
        (12, 10, 1.0, "auditing [####################] 12 of 10, 12/s, 0 s left"),
        (7, None, 0.0, "auditing 7, 0/s"),
    ],
)
def test_it_shows_the_count_the_rate_and_the_time_left(
    count: int, total: int | None, seconds: float, line: str
) -> None:
    assert progress.told("auditing", count, total, seconds) == line


def shown(monkeypatch: pytest.MonkeyPatch, out: io.StringIO, err: io.StringIO, *, streams: bool = False) -> str:
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    monkeypatch.setattr(progress, "_EVERY", 0)
    with progress.shown("auditing", lambda: 10, streams=streams) as advance:
        advance(5)
    return err.getvalue()


def test_it_is_shown_on_a_terminal_and_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    line = shown(monkeypatch, io.StringIO(), Terminal())
    assert "5 of 10" in line
    assert line.endswith(" \r")


def test_it_is_not_shown_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, io.StringIO(), io.StringIO()) == ""
    assert shown(monkeypatch, Terminal(), Terminal(), streams=True) == ""
    assert shown(monkeypatch, io.StringIO(), Terminal(), streams=True) != ""
    with options.captured():
        assert shown(monkeypatch, io.StringIO(), Terminal()) == ""
