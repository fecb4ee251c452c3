"""REC016: The config lists no layers, though its history creates some."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Reference, Rule, cwe, slsa


def check(context: Context) -> Iterator[Hit]:
    """Fires if the config has no `rootfs.diff_ids`, though its history has entries that make layers."""
    image = context.image
    raw = image.raw_config
    if not raw or not image.has_history or not isinstance(raw.get("history"), list):
        return
    rootfs = raw.get("rootfs")
    listed = rootfs.get("diff_ids") if isinstance(rootfs, dict) else None
    made = sum(1 for entry in image.history if not entry.empty_layer)
    if made and not listed and "history" in raw:
        yield Hit(None, f"the config lists no layers, but its history creates {made}")


rule = Rule(
    id="REC016",
    name="layers-not-listed",
    family=Family.RECORD,
    severity=Severity.MEDIUM,
    summary="The config lists no layers, though its history creates some",
    why=(
        "Every builder lists the digests of its layers in the config (`rootfs.diff_ids`), against which pulled "
        "layers are verified. A config without them was not written by a builder, and says nothing about the "
        "layers' contents."
    ),
    fix="Pull the image from where it was first published and compare digests.",
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
