"""The user's own catalogue: images added to it are recognised as bases of others. One SQLite file.

`keys` defines what is stored of an image, `store` is the file, `match` finds an image's bases, `lines` reads and writes
the catalogue as JSON lines.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from reconstruct.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconstruct.base.catalogue.keys import Entry, entry_of
    from reconstruct.base.catalogue.store import Catalogue

__all__ = ["Catalogue", "Entry", "entry_of", "location", "opened"]

VARIABLE = "RECONSTRUCT_CATALOGUE"
# Imported on demand, because SQLite isn't needed without a catalogue.
_PLACES = {"Catalogue": "store", "Entry": "keys", "entry_of": "keys"}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)


def location(path: str | None = None) -> str:
    """The catalogue's path: `path`, else RECONSTRUCT_CATALOGUE, else in the user's data directory (XDG)."""
    if path is not None or (path := os.environ.get(VARIABLE)):
        return path
    data = os.environ.get("XDG_DATA_HOME", "")
    if not os.path.isabs(data):
        # The XDG base directory specification: a relative path is ignored.
        data = os.path.join(os.path.expanduser("~"), ".local", "share")
    return os.path.join(data, "reconstruct", "catalogue.sqlite")


@contextmanager
def opened(path: str | None = None) -> Iterator[Catalogue | None]:
    """The catalogue for reading; None if none was named and the default one doesn't exist.

    Raises UnreadableError if a named one doesn't exist, or the file isn't a catalogue.
    """
    where = location(path)
    if path is None and not os.path.exists(where):
        yield None
        return
    from reconstruct.base.catalogue.store import Catalogue

    with Catalogue(where) as found:
        yield found
