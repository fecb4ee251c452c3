"""Shows how a saved container image was built, offline.

    import reconstruct
    image = reconstruct.load("image.tar")     # any saved form: path, bytes, file object or parsed JSON
    text = reconstruct.dockerfile(image)      # the Dockerfile
    chain = reconstruct.base(image)           # the base images, distribution first
    steps = reconstruct.steps(image)          # the AST, each step with its layer
    reconstruct.report(image)                 # steps, layers, sizes
    reconstruct.audit(image)                  # findings
    reconstruct.diff(old, new)                # what changed between two builds
    reconstruct.verify(image, "Dockerfile")   # whether the image was built from it

Results are frozen dataclasses; `to_dict()` gives what `--format json` prints. Errors caused by an image or a file are
`reconstruct.errors.ReconstructError`. Everything is imported on first use.
"""

from __future__ import annotations

# As in `reconstruct.typed`: importing the package imports nothing else.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any

    from reconstruct import errors, image, syntax
    from reconstruct.api import audit, base, diff, dockerfile, load, report, steps, verify

__version__ = "0.1.0"
__all__ = ["audit", "base", "diff", "dockerfile", "errors", "image", "load", "report", "steps", "syntax", "verify"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'reconstruct' has no attribute {name!r}")
    from importlib import import_module

    # A package of the function's name takes over the name once it is imported, and can be called like the function.
    if name not in ("load", "steps"):
        return import_module(f"reconstruct.{name}")
    found = globals()[name] = getattr(import_module("reconstruct.api"), name)
    return found


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
