"""Regular expressions that are compiled on first use, or loaded compiled from a table.

Normally a module's patterns are compiled on import, used or not; for a small image that takes most of the time of
`dockerfile`. `compile` here is a lazy `re.compile`. Compiling, which is written in Python, still takes an eighth of a
command, so the wheel build puts the code of all patterns next to the grammars' tables (`pattern_table.py`). Only the
exact interpreter that made the table uses it; any other compiles.
"""

from __future__ import annotations

import os.path
import re
import sys
from functools import cache

from reconstruct.typed import TYPE_CHECKING, Any

# A pattern's text and flags → its start and end in the table's file.
Places = dict[tuple[str | bytes, int], tuple[int, int]]


# Whether this interpreter mistakes possessive repeats of groups.
MISTAKEN = sys.version_info < (3, 11, 5)


def mended(expression: str) -> str:
    """The expression as this interpreter reads it rightly (see `possessive`)."""
    if not MISTAKEN:
        return expression
    from reconstruct.possessive import atomic

    return atomic(expression)


class _Pattern:
    """A placeholder for a compiled pattern until one of its methods is used."""

    def __init__(self, text: str | bytes, flags: int = 0) -> None:
        if MISTAKEN:
            text = mended(text) if isinstance(text, str) else mended(text.decode("latin-1")).encode("latin-1")
        self._source = (text, flags)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        compiled = _compiled(*self._source)
        # From now on the compiled pattern's own methods are used.
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
    """The path of this interpreter version's table, in the wheel and in an editable install."""
    tag = sys.implementation.cache_tag or "none"
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "tables", f"patterns.{tag}.table")


def stamp() -> bytes:
    """A table must have been made by exactly this build of the interpreter."""
    return f"{sys.version} {sys.byteorder}".replace("\n", " ").encode() + b"\n"


@cache
def _table() -> tuple[Places, Any]:
    """This interpreter's table: the offsets, and the file's content; no offsets if there is none.

    The content is mapped, not read: a command needs a tenth of some four hundred patterns.
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
