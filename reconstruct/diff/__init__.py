"""Compares two builds step by step, on the AST.

    difference = diff(old, new)      # two Images
    difference.different             # whether the builds differ
    difference.steps                 # the alignment, one row per step

`align` finds the alignment, `canonical` and `changes` define when two steps are equal, `render` shows the result.
"""

from __future__ import annotations

from reconstruct.diff.compare import diff
from reconstruct.diff.model import Difference
from reconstruct.room import callable_room

__all__ = ["Difference", "diff"]

callable_room(__name__)
