"""REC017: The image contains the same layer twice."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Reference, Rule, cwe, slsa
from reconstruct.syntax import Run

# An empty layer: a tar of 1,024 zero bytes, and the diff ID that classic builders give to a step that changes nothing.
_EMPTY = frozenset({"sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"})


def check(context: Context) -> Iterator[Hit]:
    """Fires if a layer has the diff ID of an earlier one, except for the empty layer; MEDIUM if a RUN made it."""
    steps = {step.layer_index: position for position, step in enumerate(context.steps) if step.layer_index is not None}
    first: dict[str, int] = {}
    for index, layer in enumerate(context.image.layers):
        name = layer.diff_id
        if name is None or name in _EMPTY:
            continue
        earlier = first.setdefault(name, index)
        if earlier != index:
            related = (steps[earlier],) if earlier in steps else ()
            yield Hit(
                steps.get(index),
                f"layer {index + 1} is identical to layer {earlier + 1}",
                severity=_severity(context, steps.get(index)),
                related=related,
            )


def _severity(context: Context, position: int | None) -> Severity | None:
    """More than a remark where the step should have changed something: a RUN writes times."""
    instruction = context.steps[position].instruction if position is not None else None
    return Severity.MEDIUM if isinstance(instruction, Run) else None


rule = Rule(
    id="REC017",
    name="layer-twice",
    family=Family.RECORD,
    severity=Severity.LOW,
    summary="The image contains the same layer twice",
    why=(
        "Two steps of a build almost never create identical layers, as their timestamps differ. Only an empty "
        "layer, or a reproducible build that copies the same files again, does so; otherwise a layer was "
        "duplicated by hand."
    ),
    fix="Find out which steps the two belong to; rebuild the image from source.",
    references=(
        Reference(
            "OCI image specification: config, history",
            "https://github.com/opencontainers/image-spec/blob/main/config.md",
        ),
        cwe(345, "Insufficient Verification of Data Authenticity"),
        slsa("threats: build process", "threats#e-build-process"),
    ),
    check=check,
)
