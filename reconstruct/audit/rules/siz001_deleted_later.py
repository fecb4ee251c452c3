"""SIZ001: Files are deleted in a later layer than the one that added them."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.files import REMOVERS, Brought, Package, brought_by, removed
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Rule, cwe, docker


def check(context: Context) -> Iterator[Hit]:
    """Fires, once per step, if a RUN deletes what an earlier step brought; bytes: those of the earlier layer."""
    gone = {position: [*removed(context, position)] for position, _ in context.run_with(*REMOVERS)}
    last = max((position for position, paths in gone.items() if paths), default=-1)
    brought = Brought()
    for position in range(last + 1):
        for what in gone.get(position, ()):
            earlier = brought.bringer(what)
            if earlier is None:
                continue
            instruction = context.steps[earlier].instruction.keyword
            shown = f"package {what.name}" if isinstance(what, Package) else what
            yield Hit(
                position,
                f"{context.show(shown, 100)}, added by {instruction} in an earlier layer, is only hidden by deleting it here",
                bytes=context.layer_bytes(earlier),
                related=(earlier,),
                subject=("package", what.name) if isinstance(what, Package) else (what,),
            )
            break
        for what in brought_by(context, position):
            brought.add(what, position)


rule = Rule(
    id="SIZ001",
    name="deleted-in-later-layer",
    family=Family.WEIGHT,
    severity=Severity.LOW,
    summary="Files are deleted in a later layer than the one that added them",
    why=(
        "A later step never shrinks an earlier layer: a file that it deletes is hidden, not gone. The file is "
        "still pulled and stored, and anyone can extract it from its layer, which matters most if it was secret."
    ),
    fix=(
        "Add and delete the files in one RUN; copy only what is needed from an earlier stage; or mount what a "
        "step needs (`RUN --mount=type=bind`)."
    ),
    references=(
        docker(
            "understanding the image layers", "get-started/docker-concepts/building-images/understanding-image-layers/"
        ),
        cwe(212, "Improper Removal of Sensitive Information Before Storage or Transfer"),
    ),
    check=check,
)
