"""Values that the Dockerfile doesn't have: build arguments and the base image's variables.

`verify` predicts with a marker in place of each such value, and takes the value from the text that replaces the marker
in history and config. The markers are private-use characters around the name; a Dockerfile that uses these characters
itself isn't solved for.
"""

from __future__ import annotations

import re

from reconstruct import pattern

BEGIN, END, MAYBE = "\ue000", "\ue001", "\ue004"
MARKER = pattern.compile(f"{MAYBE}?{BEGIN}([^{BEGIN}{END}]*){END}")


def marker(name: str) -> str:
    """The marker for the value of `name`."""
    return f"{BEGIN}{name}{END}"


def optional(value: str) -> str:
    """A marker that stands for `=value`, or for nothing if the argument had no value."""
    return MAYBE + value


def is_unknown(text: str) -> bool:
    """Whether `text` contains a marker."""
    return BEGIN in text


def usable(text: str) -> bool:
    """Whether markers can be distinguished from the Dockerfile's own text."""
    return not re.search("[\ue000-\ue004]", text)
