"""Masks secrets in a comparison. For two different secrets, only the fact that they differ is shown."""

from __future__ import annotations

from reconstruct.diff.model import LineEdit, Words
from reconstruct.show.masking import Mask


def masked_line(edit: LineEdit, mask: Mask) -> LineEdit:
    """A line without its secrets. A line with a secret is shown as a whole, because word differences would reveal parts of it."""
    old = None if edit.old is None else mask(edit.old)
    new = None if edit.new is None else mask(edit.new)
    if (old, new) == (edit.old, edit.new):
        return edit
    words = (Words("removed", old or ""), Words("added", new or "")) if edit.words else ()
    return LineEdit(old, new, words)
