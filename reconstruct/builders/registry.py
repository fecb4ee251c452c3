"""The registry of builders. Each is imported on first use, because most images come from one builder."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from reconstruct.builders.base import Builder
from reconstruct.errors import ReconstructError
from reconstruct.image import Image
from reconstruct.syntax import Dialect

# name → module, in the order in which builders are asked whether they wrote an entry.
MODULES = {
    "kaniko": "kaniko",
    "buildah": "buildah",
    "buildkit": "buildkit",
    "buildkit-0.8": "buildkit_0_8",
    "classic": "classic",
}


@cache
def named(name: str) -> Builder:
    """The builder of this name. Raises ReconstructError for an unknown one."""
    if name not in MODULES:
        raise ReconstructError(f"{name!r} is not a builder; known: {', '.join(sorted(MODULES))}")
    found: Builder = import_module(f"reconstruct.builders.{MODULES[name]}").BUILDER
    return found


@cache
def of(dialect: Dialect) -> Builder:
    """The builder that writes entries of this dialect (BuildKit's newest); one that keeps nothing for OTHER."""
    return Builder() if dialect is Dialect.OTHER else named(dialect.value)


def candidates(image: Image) -> list[str]:
    """The names of the builders that may have made the image's last part, the likeliest first."""
    from reconstruct.builders.recognise import last_writers

    return last_writers(image)
