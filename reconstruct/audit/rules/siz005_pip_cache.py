"""SIZ005: pip's cache is left in the layer."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.files import cleaned
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.packages import is_pip
from reconstruct.audit.rule import BEST_PRACTICES, Hit, Rule, docker


def check(context: Context) -> Iterator[Hit]:
    for position, commands in context.runs():
        installs = [command for command in commands if is_pip(command) and "install" in command.words]
        if not installs or all(command.has("--no-cache-dir", "--no-cache") for command in installs):
            continue
        if (context.value_of("PIP_NO_CACHE_DIR", position) or "").lower() != "":
            continue
        if any("PIP_NO_CACHE_DIR" in name for command in commands for name, _ in command.assignments):
            continue
        if any(is_pip(command) and "purge" in command.words for command in commands):
            continue
        if not cleaned(context, position, r"\.cache|/tmp/pip|/root/\.\*"):
            yield Hit(position, "pip's cache stays in the layer", bytes=context.layer_bytes(position))


rule = Rule(
    id="SIZ005",
    name="pip-cache-left",
    family=Family.WEIGHT,
    severity=Severity.LOW,
    summary="pip's cache is left in the layer",
    why=(
        "pip keeps every wheel that it downloads or builds in `~/.cache/pip`. A cache mount keeps it "
        "out too, but leaves no trace in the history."
    ),
    fix="Use `pip install --no-cache-dir`, or set `PIP_NO_CACHE_DIR=1`.",
    references=(docker("minimise layers and clean up", BEST_PRACTICES + "#apt-get"),),
    check=check,
)
