"""Regular expressions that are compiled when they are first used, or come from a table, compiled.

A module's patterns are compiled when it is imported, used or not; for a small image that is most of the time that
its Dockerfile takes. `compile` here is `re.compile`, put off. Compiling is written in Python, and takes an eighth of a
command still: the build of the wheel puts the code of all patterns next to the grammars' tables (`pattern_table.py`). It
is used by the very interpreter that it was made with; any other compiles.
"""

from __future__ import annotations

import os.path
import re
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

# A pattern's text and flags → where in the table's file it stands, from and to.
Places = dict[tuple[str | bytes, int], tuple[int, int]]


class _Pattern:
    """Stands for a compiled pattern until one of its methods is asked for."""

    def __init__(self, text: str | bytes, flags: int = 0) -> None:
        self._source = (text, flags)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        compiled = _compiled(*self._source)
        # From now on the compiled pattern's own methods answer.
        for method in ("match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer", "pattern"):
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)


if TYPE_CHECKING:
    from re import compile as compile
else:
    compile = _Pattern


def _compiled(text: str | bytes, flags: int) -> re.Pattern[Any]:
    places, data = _table()
    place = places.get((text, int(flags)))
    if place is None:
        return re.compile(text, flags)
    import _sre  # type: ignore[import-not-found]
    import marshal

    all_flags, code, groups, names, order = marshal.loads(data[place[0] : place[1]])
    made: re.Pattern[Any] = _sre.compile(text, all_flags, memoryview(code).cast("I").tolist(), groups, names, order)
    return made


def table_path() -> str:
    """Where the table of this interpreter's version lies, in the wheel and in an editable install."""
    tag = sys.implementation.cache_tag or "none"
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "tables", f"patterns.{tag}.table")


def stamp() -> bytes:
    """What a table must have been made by: this interpreter, to the build."""
    return f"{sys.version} {sys.byteorder}".replace("\n", " ").encode() + b"\n"


@cache
def _table() -> tuple[Places, Any]:
    """The table of this interpreter: the places, and the file's content; no places if there is none.

    The content is mapped, not read: of some four hundred patterns a command needs a tenth.
    """
    import marshal
    import mmap

    try:
        with open(table_path(), "rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        made_by = stamp()
        # A file of this package, as trusted as its code.
        return (marshal.loads(memoryview(data)[len(made_by) :]), data) if data[: len(made_by)] == made_by else ({}, b"")
    except (OSError, EOFError, ValueError, TypeError):
        return {}, b""
