"""SIZ002: apt's package lists are left in the layer."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.files import cleaned
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.packages import APT, verb
from reconstruct.audit.rule import BEST_PRACTICES, Hit, Rule, docker


def check(context: Context) -> Iterator[Hit]:
    """Fires if a RUN updates apt's lists and installs, and doesn't empty /var/lib/apt."""
    for position, commands in context.run_with(*APT):
        verbs = {verb(command) for command in commands if command.name in APT}
        if "update" not in verbs or not verbs & _INSTALL:
            continue
        if not cleaned(context, position, r"/var/lib/apt(?:/lists)?(?:/|\s|$|\"|')|/var/lib/\{?apt"):
            yield Hit(position, "apt's package lists stay in the layer", bytes=context.layer_bytes(position))


_INSTALL = frozenset({"install", "upgrade", "dist-upgrade", "full-upgrade", "build-dep", "reinstall"})


rule = Rule(
    id="SIZ002",
    name="apt-cache-left",
    family=Family.WEIGHT,
    severity=Severity.LOW,
    summary="apt's package lists are left in the layer",
    why=(
        "`apt-get update` downloads tens of megabytes of package lists, which no running container needs. A cache "
        "mount (`--mount=type=cache`) keeps them out too, but leaves no trace in the history, so such a step is "
        "reported here as well."
    ),
    fix="End the RUN with `rm -rf /var/lib/apt/lists/*`, or use a cache mount for the directory.",
    references=(docker("minimise layers and clean up", BEST_PRACTICES + "#apt-get"),),
    check=check,
)
