"""REC004: The config contradicts the history."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.in_force import disagreements
from reconstruct.audit.rule import Hit, Reference, Rule, cwe, slsa


def check(context: Context) -> Iterator[Hit]:
    """Fires for each value of the config that contradicts what the steps in the history set."""
    if context.image.has_history and context.image.has_config:
        yield from disagreements(context)


rule = Rule(
    id="REC004",
    name="config-disagrees",
    family=Family.RECORD,
    severity=Severity.HIGH,
    summary="The config contradicts the history",
    why=(
        "The history records what the build set, the config what is in effect. The same builder writes both at "
        "the same time; if they differ, one was edited afterwards. Changing ENTRYPOINT, USER or PATH makes an "
        "image run something else while its history looks harmless."
    ),
    fix=(
        "Trust neither: rebuild the image from source, or pull it from where it was first published and compare "
        "digests."
    ),
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
