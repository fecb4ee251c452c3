"""SRC021: The whole distribution is upgraded."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.packages import APT, verb
from reconstruct.audit.rule import BEST_PRACTICES, Hit, Rule, docker

_VERBS = frozenset({"dist-upgrade", "full-upgrade", "dup", "distro-sync", "system-upgrade"})


def check(context: Context) -> Iterator[Hit]:
    """Fires for `dist-upgrade` and the like in apt, zypper, dnf and yum: once a step."""
    done = -1
    for position, command in context.calls(*APT, "zypper", "dnf", "yum"):
        if position != done and verb(command) in _VERBS:
            done = position
            yield Hit(position, f"{command.name} {verb(command)}", bytes=context.layer_bytes(position))


rule = Rule(
    id="SRC021",
    name="distribution-upgraded",
    family=Family.SOURCES,
    severity=Severity.LOW,
    summary="The whole distribution is upgraded",
    why=(
        "`dist-upgrade` may remove packages and move the distribution to another release, so the image no longer "
        "matches its base, and the layer stores most of the base again."
    ),
    fix=(
        "Use a newer base and rebuild with `--pull`; if fixes cannot wait, run `apt-get upgrade` in the step that "
        "installs packages."
    ),
    references=(docker("apt-get", BEST_PRACTICES + "#apt-get"),),
    check=check,
)
