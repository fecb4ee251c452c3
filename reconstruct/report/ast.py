"""The AST of an image's build steps as JSON; `schema/ast.schema.json` describes it."""

from __future__ import annotations

from collections.abc import Iterable

from reconstruct.image import Image
from reconstruct.pairing import pairing_notes
from reconstruct.report import values
from reconstruct.report.model import step_text
from reconstruct.syntax import Step
from reconstruct.typed import Any

# Raised if a member changes its meaning or is removed; new members don't raise it.
VERSION = 1


def document(image: Image, steps: Iterable[Step]) -> dict[str, Any]:
    """Image and steps as plain JSON values: each step with its fields, certainty, notes, entry and layer."""
    steps = tuple(steps)
    return {
        "version": VERSION,
        "image": values.image(image),
        "steps": [values.step(step, number, step_text(step)) for number, step in enumerate(steps, 1)],
        "notes": list(pairing_notes(steps, image)),
    }
