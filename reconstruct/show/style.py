"""Colour on a terminal: a few named styles, applied with click; none if colour is off."""

from __future__ import annotations

from reconstruct.typed import Any

# Style → click.style's arguments.
_STYLES: dict[str, dict[str, Any]] = {
    "bold": {"bold": True},
    "dim": {"dim": True},
    "red": {"fg": "red"},
    "green": {"fg": "green"},
    "yellow": {"fg": "yellow"},
    "cyan": {"fg": "cyan"},
    "alarm": {"fg": "red", "bold": True},
}


def paint(text: str, style: str | None, color: bool) -> str:
    """`text` in the style `style`: bold, dim, red, green, yellow, cyan or alarm; unchanged without a style or colour.

    Raises KeyError for a style that doesn't exist.
    """
    if not (color and style and text):
        return text
    import click

    return click.style(text, **_STYLES[style])
