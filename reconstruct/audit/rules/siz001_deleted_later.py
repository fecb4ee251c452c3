"""SIZ001: Files are deleted in a later layer than the one that brought them."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.files import REMOVERS, Brought, Package, brought_by, removed
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Rule, cwe, docker


def check(context: Context) -> Iterator[Hit]:
    """Fires, once per step, if a RUN deletes what an earlier step brought; bytes: those of the earlier layer."""
    removing = {position for position, _ in context.run_with(*REMOVERS)}
    if not removing:
        return
    brought = Brought()
    for position in range(max(removing) + 1):
        for what in removed(context, position) if position in removing else ():
            earlier = brought.bringer(what)
            if earlier is None:
                continue
            instruction = context.steps[earlier].instruction.keyword
            shown = f"package {what.name}" if isinstance(what, Package) else what
            yield Hit(
                position,
                f"{context.show(shown, 100)}, brought by {instruction} in an earlier layer, is only hidden by deleting it here",
                bytes=context.layer_bytes(earlier),
                related=(earlier,),
            )
            break
        for what in brought_by(context, position):
            brought.add(what, position)


rule = Rule(
    id="SIZ001",
    name="deleted-in-later-layer",
    family=Family.WEIGHT,
    severity=Severity.LOW,
    summary="Files are deleted in a later layer than the one that brought them",
    why=(
        "A layer is never made smaller by the next: a file deleted in a later step is hidden, not "
        "gone. It is still pulled and stored, and anyone can take it out of its layer, which matters "
        "most if it was secret."
    ),
    fix=(
        "Bring and delete in one RUN; copy from an earlier stage only what is needed; or mount what a "
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
