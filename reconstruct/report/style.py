"""The few colours of a report, as ANSI codes (ECMA-48); none where colour is off."""

from __future__ import annotations

from reconstruct.syntax import Certainty

_CODES = {"bold": "1", "dim": "2", "red": "31", "yellow": "33"}
_BY_CERTAINTY = {Certainty.INFERRED: "yellow", Certainty.LOST: "red"}


def paint(text: str, name: str | None, color: bool) -> str:
    """`text` in the style `name`: bold, dim, red or yellow."""
    return f"\x1b[{_CODES[name]}m{text}\x1b[0m" if color and name and text else text


def of(certainty: Certainty) -> str | None:
    """The style of what is as sure as that."""
    return _BY_CERTAINTY.get(certainty)
