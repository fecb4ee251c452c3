"""REC009: The history is empty or its commands are stripped."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Reference, Rule, slsa
from reconstruct.builders.buildah import BUILDER
from reconstruct.syntax import Foreign, RootFilesystem, Step


def check(context: Context) -> Iterator[Hit]:
    """Fires if the history is empty, or entries have no `created_by` that neither comment nor maker explains."""
    image = context.image
    if not image.has_history or not image.raw_config:
        return
    if not image.history:
        if image.layers or image.raw_config.get("rootfs"):
            yield Hit(None, "the image has no history at all")
        return
    silent = [
        position for position, step in enumerate(context.steps) if step.entry and not step.entry.created_by.strip()
    ]
    explained = [position for position in silent if _explained(context.steps[position])]
    bare = [position for position in silent if position not in explained]
    if bare and len(image.history) > 1:
        told = "doesn't say what it did" if len(bare) == 1 else "don't say what they did"
        yield Hit(
            bare[0],
            f"{len(bare)} of {len(image.history)} history entries {told}",
            related=tuple(bare[1:50]),
            whole=True,
        )
    elif bare:
        yield Hit(bare[0], "the only history entry doesn't say what it did", whole=True)


def _explained(step: Step) -> bool:
    """An entry without text that its comment or maker explains."""
    maker = step.instruction
    if isinstance(maker, RootFilesystem):
        return True
    signed = step.entry is not None and BUILDER.base_name(step.entry) is not None
    return signed or (isinstance(maker, Foreign) and maker.maker not in ("unknown", "docker commit"))


rule = Rule(
    id="REC009",
    name="history-stripped",
    family=Family.RECORD,
    severity=Severity.MEDIUM,
    summary="The history is empty or its commands are stripped",
    why=(
        "Nothing shows how the image was built. Builders write history unless told not to; tools that flatten or "
        "strip images remove it, and with it every trace of what was done."
    ),
    fix="Ask for the Dockerfile and a provenance attestation; do not run the image on trust.",
    references=(
        Reference(
            "OCI image specification: config, history",
            "https://github.com/opencontainers/image-spec/blob/main/config.md",
        ),
        slsa("threats: build process", "threats#e-build-process"),
    ),
    check=check,
)
