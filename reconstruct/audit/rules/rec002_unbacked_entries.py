"""REC002: History entries have no layer."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Reference, Rule, several, slsa


def check(context: Context) -> Iterator[Hit]:
    """Fires if history entries make more layers than are there; LOW if the saved form lost nearly all of them."""
    image = context.image
    if not image.has_history or not image.layers or not image.raw_config:
        return
    entries = [index for index, entry in enumerate(image.history) if not entry.empty_layer]
    missing = len(entries) - len(image.layers)
    if missing <= 0:
        return
    unknown = [position for position, step in enumerate(context.steps) if not step.layer_known]
    # If the build's own steps have no layers at all, the saved form lost them; nobody edited the record.
    lost_all = len(image.layers) <= max(1, len(entries) // 4)
    yield Hit(
        unknown[0] if unknown else None,
        f"{several(len(entries), 'history entry makes', 'history entries make')} a layer, but the image has {len(image.layers)}",
        f"{missing} missing",
        severity=Severity.LOW if lost_all else None,
        whole=True,
    )


rule = Rule(
    id="REC002",
    name="entry-without-layer",
    family=Family.RECORD,
    severity=Severity.MEDIUM,
    summary="History entries have no layer",
    why=(
        "An entry that is not marked empty stands for a layer. If there are fewer layers than such entries, "
        "layers were removed or merged after the build, or the history was written by hand."
    ),
    fix="Ask whoever built the image what was done after the build; rebuild it from source.",
    references=(
        Reference(
            "OCI image specification: config, history",
            "https://github.com/opencontainers/image-spec/blob/main/config.md",
        ),
        slsa("threats: build process", "threats#e-build-process"),
    ),
    check=check,
)
