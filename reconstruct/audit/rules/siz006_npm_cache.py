"""SIZ006: The npm or yarn cache is left in the layer."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.files import cleaned
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.packages import NPM, is_install
from reconstruct.audit.rule import BEST_PRACTICES, Hit, Rule, docker


def check(context: Context) -> Iterator[Hit]:
    """Fires if npm or a similar tool installs and the step doesn't empty the cache."""
    for position, commands in context.run_with(*NPM):
        installs = [
            command
            for command in commands
            if command.name in NPM and is_install(command) and (command.arguments or command.name == "yarn")
        ]
        if not installs or any(command.name in NPM and "cache" in command.words for command in commands):
            continue
        if not cleaned(
            context, position, r"\.npm|\.cache|yarn-cache|/usr/local/share/\.cache|npm-cache|_cacache|\.yarn|/tmp/\*"
        ):
            name, size = installs[0].name, context.layer_bytes(position)
            yield Hit(position, f"{name}'s cache stays in the layer", bytes=size, subject=(name,))


rule = Rule(
    id="SIZ006",
    name="npm-cache-left",
    family=Family.WEIGHT,
    severity=Severity.LOW,
    summary="The npm or yarn cache is left in the layer",
    why=(
        "npm and yarn cache every package they download, besides installing it. A cache mount keeps it out too, "
        "but leaves no trace in the history."
    ),
    fix="End the RUN with `npm cache clean --force` (`yarn cache clean`), or use a cache mount.",
    references=(docker("minimise layers and clean up", BEST_PRACTICES + "#apt-get"),),
    check=check,
)
