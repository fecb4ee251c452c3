"""The terminal that standard output is: whether it is one, its width, whether it takes colour."""

from __future__ import annotations

import os
import sys


def use_color(color: bool | None) -> bool:
    """Whether to colour: as asked, else on a terminal and without NO_COLOR (https://no-color.org)."""
    if color is not None:
        return color
    return is_terminal() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def is_terminal() -> bool:
    """Whether standard output is a terminal."""
    return sys.stdout is not None and sys.stdout.isatty()


def width() -> int | None:
    """The terminal's width in columns, None where standard output is no terminal (nothing is cut then)."""
    if not is_terminal():
        return None
    import shutil

    return shutil.get_terminal_size().columns
