"""REC010: Layers were squashed into one."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Reference, Rule
from reconstruct.builders.makers import squashed_by


def check(context: Context) -> Iterator[Hit]:
    """Fires for each entry that a tool which squashes layers wrote; the bytes are those of the merged layer."""
    for position, step in enumerate(context.steps):
        tool = squashed_by(step.entry) if step.entry else None
        if tool is not None:
            message = f"{tool} merged the steps above into one layer"
            yield Hit(position, message, bytes=context.layer_bytes(position), subject=(tool,))


rule = Rule(
    id="REC010",
    name="squashed",
    family=Family.RECORD,
    severity=Severity.LOW,
    summary="Layers were squashed into one",
    why=(
        "Squashing merges the files of many steps into one layer: what each step changed can no longer be "
        "determined, and the base's layers are not shared."
    ),
    fix="Leave files out with a multi-stage build and COPY --from, and keep the layers.",
    references=(
        Reference(
            "OCI image specification: config, history",
            "https://github.com/opencontainers/image-spec/blob/main/config.md",
        ),
    ),
    check=check,
)
