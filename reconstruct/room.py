"""Packages that are also functions of the public API: `reconstruct.dockerfile(image)` and `reconstruct.dockerfile.parser`.

Importing a subpackage sets its name on `reconstruct` and so would replace the API function of that name. The subpackage
is therefore made callable and calls the function of its name in `reconstruct.api`.
"""

from __future__ import annotations

import sys
from types import ModuleType

from reconstruct.typed import Any


class _Room(ModuleType):
    def __call__(self, *args: Any, **options: Any) -> Any:
        from reconstruct import api

        return getattr(api, self.__name__.rpartition(".")[2])(*args, **options)

    @property
    def __signature__(self) -> Any:
        """The function's signature, for `help` and editors."""
        from inspect import signature

        from reconstruct import api

        return signature(getattr(api, self.__name__.rpartition(".")[2]))


def callable_room(name: str) -> None:
    """Makes the package `name` (its `__name__`) callable; `reconstruct.api` must have a function named like its last part."""
    sys.modules[name].__class__ = _Room
