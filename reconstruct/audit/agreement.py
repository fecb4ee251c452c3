"""A config that contradicts the history, which `--strict` rejects like doubts from the reading."""

from __future__ import annotations

from reconstruct.errors import UnreadableError
from reconstruct.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from reconstruct.image import Image


def require_agreement(image: Image, label: str) -> Image:
    """The image. Raises UnreadableError if a value in force differs from what the last step set (the audit's REC004)."""
    if not image.has_history or not image.has_config:
        return image
    from reconstruct import api
    from reconstruct.audit.context import Context
    from reconstruct.audit.finding import Severity
    from reconstruct.audit.in_force import disagreements

    context = Context(image, api.steps(image))
    for found in disagreements(context):
        if found.severity is not Severity.INFO:
            raise UnreadableError(f"{label}: {found.message}")
    return image
