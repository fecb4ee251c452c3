"""SRC017: A package index is updated in a separate step."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.packages import APT, YUM, is_install, verb
from reconstruct.audit.rule import BEST_PRACTICES, Hit, Rule, cis, docker


def check(context: Context) -> Iterator[Hit]:
    """Fires if a RUN updates the package index, and does nothing else."""
    for position, commands in context.run_with(*APT, *YUM, "apk"):
        updates = [
            command
            for command in commands
            if command.name in APT | YUM | {"apk"} and verb(command) in ("update", "makecache")
        ]
        if not updates or (updates[0].name in YUM and verb(updates[0]) == "update"):
            continue
        others = [
            command
            for command in commands
            if command.words and command.name not in {"set", "rm", "echo", "true", "apk", *APT, *YUM}
        ]
        if any(
            is_install(command) or verb(command) in ("upgrade", "dist-upgrade", "full-upgrade", "build-dep")
            for command in commands
        ):
            continue
        if len(others) == 0:
            name, size = updates[0].name, context.layer_bytes(position)
            yield Hit(position, f"{name} update runs in a separate step", bytes=size, subject=(name,))


rule = Rule(
    id="SRC017",
    name="update-alone",
    family=Family.SOURCES,
    severity=Severity.LOW,
    summary="A package index is updated in a separate step",
    why=(
        "The step is cached: a later build installs from an index that may be months old, which misses security "
        "fixes or fails, and the index stays in the layer."
    ),
    fix=("Update and install in one RUN: `apt-get update && apt-get install -y … && rm -rf /var/lib/apt/lists/*`."),
    references=(
        cis("4.7", "Ensure update instructions are not used alone in the Dockerfile"),
        docker("apt-get", BEST_PRACTICES + "#apt-get"),
    ),
    check=check,
)
