"""The Dockerfile's steps and arguments in a verification, as an image to search for secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconstruct.image import HistoryEntry, Image

if TYPE_CHECKING:
    from reconstruct.verify.model import Verification


def predicted_image(found: Verification, image: Image) -> Image:
    """The steps that the Dockerfile gives as the history of an image, its build arguments as an environment."""
    arguments = [f"{name}={value}" for values in (found.build_args, found.suggested) for name, value in values.items()]
    history = tuple(HistoryEntry(created_by=step.expected) for step in found.steps if step.expected)
    return Image(history=history, config={"Env": arguments}, os=image.os, architecture=image.architecture)
