"""Which image a build started from, as far as the image itself tells."""

from __future__ import annotations

from reconstruct.base.find import Base, find_base, names_its_base

__all__ = ["Base", "find_base", "names_its_base"]
