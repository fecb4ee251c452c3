"""SIZ003: yum's or dnf's cache is left in the layer."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.files import cleaned
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.packages import YUM, is_install, verb
from reconstruct.audit.rule import BEST_PRACTICES, Hit, Rule, docker


def check(context: Context) -> Iterator[Hit]:
    """Fires where a RUN installs with yum, dnf or zypper, and neither cleans nor empties the cache under /var/cache."""
    for position, commands in context.run_with(*YUM, "zypper"):
        if not any(command.name in YUM | {"zypper"} and is_install(command) for command in commands):
            continue
        if any(command.name in YUM | {"zypper"} and verb(command) in ("clean", "cc") for command in commands):
            continue
        if not cleaned(context, position, r"/var/cache/?(?:yum|dnf|zypp|\*|\{|\s|$)"):
            yield Hit(position, "the package manager's cache stays in the layer", bytes=context.layer_bytes(position))


rule = Rule(
    id="SIZ003",
    name="yum-cache-left",
    family=Family.WEIGHT,
    severity=Severity.LOW,
    summary="yum's or dnf's cache is left in the layer",
    why=(
        "yum and dnf keep the repositories' metadata, often more than the packages installed. A cache "
        "mount keeps it out too, but leaves no trace in the history."
    ),
    fix="End the RUN with `dnf clean all` (`yum clean all`) and remove `/var/cache/dnf`.",
    references=(docker("minimise layers and clean up", BEST_PRACTICES + "#apt-get"),),
    check=check,
)
