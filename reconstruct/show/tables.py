"""tabulate, imported when a table is made, and without what it imports to tell its own version.

tabulate asks `importlib.metadata` for its version when it is imported: two thirds of what it costs (24 of 36 ms, with email,
zipfile and tempfile behind it). While it is imported, a stand-in that answers nothing takes that module's place.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType

_METADATA = "importlib.metadata"


def tabulate() -> Callable[..., str]:
    """`tabulate.tabulate`."""
    if "tabulate" not in sys.modules and _METADATA not in sys.modules:
        stand_in = ModuleType(_METADATA)
        stand_in.PackageNotFoundError = LookupError  # type: ignore[attr-defined]
        stand_in.version = _no_version  # type: ignore[attr-defined]
        sys.modules[_METADATA] = stand_in
        try:
            import_module("tabulate")
        except (ImportError, LookupError):
            # Another tabulate than those known asks for more: it gets the real one.
            sys.modules.pop("tabulate", None)
        finally:
            del sys.modules[_METADATA]
    made: Callable[..., str] = import_module("tabulate").tabulate
    return made


def _no_version(name: str) -> str:
    """tabulate then calls its version unknown."""
    raise LookupError(name)
