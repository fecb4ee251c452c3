"""Imports the packages of the extras where they are used, with a clear one-line error if they are missing."""

from __future__ import annotations

from importlib import import_module

from reconstruct.errors import ReconstructError
from reconstruct.typed import Any


def package(name: str, extra: str) -> Any:
    """The module `name`. Raises ReconstructError, which names the extra to install, if it is missing."""
    try:
        return import_module(name)
    except ImportError:
        wanted = name.partition(".")[0]
        raise ReconstructError(f"needs the package {wanted}: pip install 'reconstruct[{extra}]'") from None
