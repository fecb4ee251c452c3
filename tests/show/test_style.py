"""The styles of a terminal."""

from __future__ import annotations

import pytest

from reconstruct.show.style import paint


def test_colour_off_and_no_style_leave_the_text() -> None:
    assert paint("x", "red", False) == "x"
    assert paint("x", None, True) == "x"
    assert paint("", "red", True) == ""


@pytest.mark.parametrize("style", ["bold", "dim", "red", "green", "yellow", "cyan", "alarm"])
def test_a_style_ends_where_the_text_ends(style: str) -> None:
    painted = paint("x", style, True)
    assert painted.startswith("\x1b[")
    assert painted.endswith("x\x1b[0m")


def test_a_style_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(KeyError):
        paint("x", "blink", True)
