"""Given a saved container image, offline, say how it was built.

    import reconstruct
    image = reconstruct.load("image.tar")     # any saved form: path, bytes, file object or parsed JSON
    text = reconstruct.dockerfile(image)      # the Dockerfile
    chain = reconstruct.base(image)           # the images below, distribution first
    steps = reconstruct.steps(image)          # the AST, each step with its layer

Everything else is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconstruct.api import base, dockerfile, load, steps

__version__ = "0.1.0"
__all__ = ["base", "dockerfile", "load", "steps"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'reconstruct' has no attribute {name!r}")
    from reconstruct import api

    return getattr(api, name)
