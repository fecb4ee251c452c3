"""SRC021: The whole distribution is upgraded."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.packages import APT, YUM, operands, verb
from reconstruct.audit.rule import BEST_PRACTICES, Hit, Rule, docker
from reconstruct.audit.shell import Command

_VERBS = frozenset({"dist-upgrade", "full-upgrade", "dup", "distro-sync", "system-upgrade"})


def check(context: Context) -> Iterator[Hit]:
    """Fires for `dist-upgrade` and the like in apt, zypper, dnf and yum, or an upgrade of all packages: once a step."""
    done = -1
    for position, command in context.calls(*APT, *YUM, "zypper", "apk", "pacman"):
        if position == done:
            continue
        whole = verb(command) in _VERBS
        if whole or _upgrades(command):
            done = position
            upgrade = f"{command.name} {'-Syu' if command.name == 'pacman' else verb(command)}"
            yield Hit(position, upgrade, bytes=context.layer_bytes(position), subject=(upgrade,))


def _upgrades(command: Command) -> bool:
    """Whether all packages are upgraded, not single ones."""
    if command.name == "pacman":
        return any(re.fullmatch(r"-S[a-z]*u[a-z]*", word) for word in command.arguments)
    upgrades = ("upgrade", "safe-upgrade") if command.name in APT | {"apk"} else ("upgrade", "update", "up")
    return verb(command) in upgrades and len(operands(command)) == 1


rule = Rule(
    id="SRC021",
    name="distribution-upgraded",
    family=Family.SOURCES,
    severity=Severity.LOW,
    summary="The whole distribution is upgraded",
    why=(
        "`dist-upgrade` may remove packages and move the distribution to another release, so the image no longer "
        "matches its base. Any upgrade of all packages stores most of the base a second time, and two builds of the same "
        "Dockerfile differ."
    ),
    fix=(
        "Use a newer base and rebuild with `--pull`; if fixes cannot wait, upgrade the packages concerned by name, in the "
        "step that installs packages."
    ),
    references=(docker("apt-get", BEST_PRACTICES + "#apt-get"),),
    check=check,
)
