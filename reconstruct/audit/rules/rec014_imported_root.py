"""REC014: The root file system was imported."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Reference, Rule, slsa
from reconstruct.syntax import RootFilesystem


def check(context: Context) -> Iterator[Hit]:
    """Fires if the root file system came from `docker import` or a commit of a container."""
    for position, root in context.of(RootFilesystem):
        if root.kind in ("import", "commit"):
            what = "imported from an archive" if root.kind == "import" else "committed from a container"
            size = context.layer_bytes(position)
            yield Hit(position, f"the root file system was {what}", bytes=size, subject=(root.kind,))


rule = Rule(
    id="REC014",
    name="root-without-origin",
    family=Family.RECORD,
    severity=Severity.INFO,
    summary="The root file system was imported",
    why="`docker import` creates an image from an archive: nothing shows where the files came from.",
    fix="Build on an image published with provenance, or record the archive's origin and checksum.",
    references=(
        Reference(
            "OCI image specification: config, history",
            "https://github.com/opencontainers/image-spec/blob/main/config.md",
        ),
        slsa("provenance", "provenance"),
    ),
    check=check,
)
