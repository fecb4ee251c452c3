"""The Dockerfile's steps and arguments in a verification, as an image to search for secrets."""

from __future__ import annotations

from reconstruct.image import HistoryEntry, Image
from reconstruct.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from reconstruct.verify.model import Verification


def predicted_image(found: Verification, image: Image) -> Image:
    """The steps that the Dockerfile gives as the history of an image, its build arguments as an environment; no steps if the
    image has the same."""
    arguments = [f"{name}={value}" for values in (found.build_args, found.suggested) for name, value in values.items()]
    # Text that the image has is searched there; a step's shell may be set by another, so they are kept together.
    own = any(step.expected != step.actual and step.status != "contents" for step in found.steps)
    history = tuple(HistoryEntry(created_by=step.expected) for step in found.steps if step.expected) if own else ()
    return Image(history=history, config={"Env": arguments}, os=image.os, architecture=image.architecture)
