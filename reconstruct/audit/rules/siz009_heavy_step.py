"""SIZ009: One step accounts for most of the image."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Rule, docker

LEAST = 10_000_000


def check(context: Context) -> Iterator[Hit]:
    """Fires if one of the build's own steps holds more than half of all layers' bytes, and 10 MB or more."""
    sizes = {position: size for position in range(len(context.steps)) if (size := context.layer_bytes(position))}
    total = sum(sizes.values())
    for position, size in sizes.items():
        own = position in context.own_steps and context.steps[position].instruction.keyword
        if own and size >= LEAST and 2 * size > total:
            yield Hit(position, f"this step is {round(100 * size / total)} % of the image", bytes=size)


rule = Rule(
    id="SIZ009",
    name="heavy-step",
    family=Family.WEIGHT,
    severity=Severity.INFO,
    summary="One step accounts for most of the image",
    why=(
        "More than half of the download comes from one step of this build: look there first for what the image "
        "could do without."
    ),
    fix=(
        "See what the step installs; separate what changes often from what does not; keep build tools in an "
        "earlier stage."
    ),
    references=(
        docker(
            "understanding the image layers", "get-started/docker-concepts/building-images/understanding-image-layers/"
        ),
    ),
    check=check,
)
