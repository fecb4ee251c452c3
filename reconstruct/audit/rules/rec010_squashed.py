"""REC010: Layers were merged into one."""

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
            yield Hit(position, f"{tool} merged the steps above into one layer", bytes=context.layer_bytes(position))


rule = Rule(
    id="REC010",
    name="squashed",
    family=Family.RECORD,
    severity=Severity.LOW,
    summary="Layers were merged into one",
    why=(
        "Squashing puts the files of many steps into one layer: what each step did to the files can't "
        "be told any more, and the base's layers are not shared."
    ),
    fix="Use a stage and COPY --from to leave things out, and keep the layers.",
    references=(
        Reference(
            "OCI image specification: config, history",
            "https://github.com/opencontainers/image-spec/blob/main/config.md",
        ),
    ),
    check=check,
)
