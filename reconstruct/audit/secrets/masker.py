"""What hides the secrets of a build record in whatever else is shown of it: the report, a comparison, a verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from reconstruct.audit.masking import Masker
from reconstruct.audit.secrets.suspicion import suspicious
from reconstruct.syntax import Cmd, Entrypoint, ExecForm, Healthcheck, Run

if TYPE_CHECKING:
    from reconstruct.image import Image
    from reconstruct.syntax import Step


def masker_of(*builds: tuple[Image, Sequence[Step]]) -> Masker:
    """Hides the secrets of these images, each with its steps, as the audit finds them; false where there are none."""
    masker = Masker()
    for image, steps in builds:
        steps = tuple(steps)
        settings = "\n".join(text for value in image.config.values() for text in _strings(value))
        found = suspicious([settings, *map(_text, steps)])
        if not found:
            continue
        from reconstruct.audit.context import Context
        from reconstruct.audit.secrets.scan import scan

        # What is found is registered with the masker.
        scan(Context(image, steps, masker=masker), [place - 1 for place in found if place])
    return masker


def _text(step: Step) -> str:
    """The text of a step that `scan` looks at: the entry's, and the words of an exec form without their quotes."""
    instruction, entry = step.instruction, step.entry
    text = f"{entry.created_by}\n{entry.comment}" if entry is not None else str(getattr(instruction, "trigger", ""))
    if isinstance(instruction, Run | Cmd | Entrypoint | Healthcheck) and isinstance(instruction.command, ExecForm):
        return f"{text}\n{' '.join(instruction.command.words)}"
    return text


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield f"{key}={inner}" if isinstance(inner, str) else str(key)
            yield from _strings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _strings(inner)
