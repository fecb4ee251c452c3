"""REC001: Layers have no history entry."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Reference, Rule, several, slsa


def check(context: Context) -> Iterator[Hit]:
    """Fires if the image has more layers than history entries that make one; bytes: the unexplained layers'."""
    image = context.image
    if not image.has_history or not image.history or not image.layers:
        return
    entries = sum(1 for entry in image.history if not entry.empty_layer)
    missing = len(image.layers) - entries
    if missing <= 0:
        return
    bytes_ = [layer.size if layer.size is not None else layer.compressed_size for layer in image.layers]
    explained = {step.layer_index for step in context.steps}
    stake = [size for index, size in enumerate(bytes_) if index not in explained]
    known = sum(size for size in stake if size is not None) if stake and None not in stake else None
    yield Hit(
        None,
        f"{several(len(image.layers), 'layer', 'layers')}, but "
        f"{several(entries, 'history entry that makes', 'history entries that make')} one: {missing} unexplained",
        bytes=known,
    )


rule = Rule(
    id="REC001",
    name="layer-without-entry",
    family=Family.RECORD,
    severity=Severity.MEDIUM,
    summary="Layers have no history entry",
    why=(
        "Every builder writes one history entry per layer. A layer without one was added by another tool, or its "
        "entry was removed: only its contents show what it is."
    ),
    fix=(
        "Ask whoever built the image where the layer came from; compare the layer digests with those of your own build."
    ),
    references=(
        Reference(
            "OCI image specification: config, history",
            "https://github.com/opencontainers/image-spec/blob/main/config.md",
        ),
        slsa("threats: build process", "threats#e-build-process"),
    ),
    check=check,
)
