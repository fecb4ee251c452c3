"""Imports tabulate on demand, without the modules that it needs only for its own version.

On import, tabulate asks `importlib.metadata` for its version, which is two thirds of the cost (24 of 36 ms, with email,
zipfile and tempfile). While it is imported, an empty stand-in replaces that module.
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
            # An unknown version of tabulate may need more; it gets the real module.
            sys.modules.pop("tabulate", None)
        finally:
            del sys.modules[_METADATA]
    made: Callable[..., str] = import_module("tabulate").tabulate
    return made


def _no_version(name: str) -> str:
    """Makes tabulate report its version as unknown."""
    raise LookupError(name)
