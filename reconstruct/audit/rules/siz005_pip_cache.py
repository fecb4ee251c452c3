"""SIZ005: The pip cache is left in the layer."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.files import cleaned
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.packages import is_pip
from reconstruct.audit.rule import BEST_PRACTICES, Hit, Rule, docker
from reconstruct.audit.shell import Command

# Tools that install with pip, or in its place.
_TOOLS = ("pipenv", "uv", "poetry")


def _installs(command: Command) -> bool:
    if is_pip(command):
        return "install" in command.words and not command.has("--download-only")
    return command.name in _TOOLS and any(word in ("install", "sync", "add") for word in command.words[1:3])


def check(context: Context) -> Iterator[Hit]:
    """Fires if pip or a similar tool installs with the cache on (flags, PIP_NO_CACHE_DIR), and the step doesn't empty it."""
    for position, commands in context.run_with(*_TOOLS, *context.pips):
        installs = [command for command in commands if _installs(command)]
        if not installs or all(command.has("--no-cache-dir", "--no-cache") for command in installs):
            continue
        if (context.value_of("PIP_NO_CACHE_DIR", position) or "").lower() != "":
            continue
        if any("PIP_NO_CACHE_DIR" in name for command in commands for name, _ in command.assignments):
            continue
        if any(
            (is_pip(command) or command.name in _TOOLS) and {"purge", "clean", "--clear"} & set(command.words)
            for command in commands
        ):
            continue
        name = installs[0].name if installs[0].name in _TOOLS else "pip"
        if not cleaned(context, position, r"\.cache|/tmp/pip|/root/\.\*"):
            size = context.layer_bytes(position)
            yield Hit(position, f"{name}'s cache stays in the layer", bytes=size, subject=(name,))


rule = Rule(
    id="SIZ005",
    name="pip-cache-left",
    family=Family.WEIGHT,
    severity=Severity.LOW,
    summary="The pip cache is left in the layer",
    why=(
        "pip caches every wheel that it downloads or builds in `~/.cache/pip`. A cache mount keeps it out too, "
        "but leaves no trace in the history."
    ),
    fix="Use `pip install --no-cache-dir`, or set `PIP_NO_CACHE_DIR=1`.",
    references=(docker("minimise layers and clean up", BEST_PRACTICES + "#apt-get"),),
    check=check,
)
