"""A catalogue of one's own: images that were fed to it, found again below other images. One SQLite file.

`keys` tells what is kept of an image, `store` holds the file, `match` finds the images below one, `lines` reads and writes
the catalogue as JSON lines.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconstruct.base.catalogue.keys import Entry, entry_of
    from reconstruct.base.catalogue.store import Catalogue

__all__ = ["Catalogue", "Entry", "entry_of", "location", "opened"]

VARIABLE = "RECONSTRUCT_CATALOGUE"
# Imported when they are asked for: without a catalogue, SQLite isn't needed.
_PLACES = {"Catalogue": "store", "Entry": "keys", "entry_of": "keys"}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)


def location(path: str | None = None) -> str:
    """Where the catalogue is: `path`, else what RECONSTRUCT_CATALOGUE says, else the user's data folder (XDG)."""
    if path is not None or (path := os.environ.get(VARIABLE)):
        return path
    data = os.environ.get("XDG_DATA_HOME", "")
    if not os.path.isabs(data):
        # The XDG base directory specification: a relative path is ignored.
        data = os.path.join(os.path.expanduser("~"), ".local", "share")
    return os.path.join(data, "reconstruct", "catalogue.sqlite")


@contextmanager
def opened(path: str | None = None) -> Iterator[Catalogue | None]:
    """The catalogue for looking things up; None if none was named and there is none yet.

    Raises UnreadableError for one that was named and isn't there, and for a file that is no catalogue.
    """
    where = location(path)
    if path is None and not os.path.exists(where):
        yield None
        return
    from reconstruct.base.catalogue.store import Catalogue

    with Catalogue(where) as found:
        yield found
