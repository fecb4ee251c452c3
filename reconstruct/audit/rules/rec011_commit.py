"""REC011: A step was committed by hand, not built from a Dockerfile."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Rule, slsa
from reconstruct.syntax import Foreign, Run


def _never_ends(text: str) -> bool:
    """Whether a step's whole text is what people keep a container up with; in a build it would hang or do nothing."""
    return bool(
        re.fullmatch(
            r"(?:(?:/usr)?/bin/)?(?:ba|z|a|da)?sh(?: -[il]+)?|sleep (?:infinity|inf|\d{5,})|tail -f /dev/null",
            text.strip(),
        )
    )


def check(context: Context) -> Iterator[Hit]:
    """Fires for `docker commit`, an entry of no known builder, and an own RUN that only keeps a container up."""
    for position, step in enumerate(context.steps):
        instruction = step.instruction
        if isinstance(instruction, Run) and _never_ends(context.text(position)) and not context.in_base(position):
            yield Hit(
                position,
                f"committed from a container that ran {context.show(context.text(position), 60)}, which no build step does",
                bytes=context.layer_bytes(position),
            )
        if not isinstance(instruction, Foreign) or step.entry is None:
            continue
        size = context.layer_bytes(position)
        if instruction.maker == "docker commit":
            ran, comment = step.entry.created_by.strip(), step.entry.comment.strip()
            said = f": {comment}" if comment not in ("", ran) else ""
            yield Hit(
                position,
                f"docker commit of a container that ran {context.show(ran, 60) or 'a command'}{context.show(said, 100)}",
                bytes=size,
            )
        elif instruction.maker == "unknown" and step.entry.created_by.strip():
            yield Hit(position, "no known builder writes an entry like this", step.entry.created_by, bytes=size)


rule = Rule(
    id="REC011",
    name="changed-by-hand",
    family=Family.RECORD,
    severity=Severity.MEDIUM,
    summary="A step was committed by hand, not built from a Dockerfile",
    why=(
        "`docker commit` saves whatever someone changed in a running container. The entry records only the "
        "container's command; the changes are in the layer alone, and cannot be rebuilt."
    ),
    fix="Inspect the layer (any archive tool lists its files); have the change made in the Dockerfile.",
    references=(
        slsa("threats: build process", "threats#e-build-process"),
        slsa("build level 1: provenance exists", "levels#build-l1"),
    ),
    check=check,
)
