"""SIZ003: The yum or dnf cache is left in the layer."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.files import cleaned
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.packages import YUM, is_install, is_update, verb
from reconstruct.audit.rule import BEST_PRACTICES, Hit, Rule, docker


def check(context: Context) -> Iterator[Hit]:
    """Fires if a RUN installs or updates with yum, dnf or zypper, and neither cleans nor empties the cache under /var/cache."""
    for position, commands in context.run_with(*YUM, "zypper"):
        managers = [command for command in commands if command.name in YUM | {"zypper"}]
        if not any(is_install(command) or is_update(command) for command in managers):
            continue
        if any(verb(command) in ("clean", "cc") for command in managers):
            continue
        if not cleaned(context, position, r"/var/cache/?(?:yum|dnf|zypp|\*|\{|\s|$)"):
            size = context.layer_bytes(position)
            yield Hit(
                position, "the package manager's cache stays in the layer", bytes=size, subject=(managers[0].name,)
            )
    for position, commands in context.run_with("pacman"):
        verbs = [word for command in commands if command.name == "pacman" for word in command.arguments]
        fetches = any(word.startswith("-S") and "c" not in word for word in verbs)
        emptied = any(word.startswith("-Sc") for word in verbs)
        if fetches and not emptied and not cleaned(context, position, r"/var/cache/?(?:pacman|\*|\{|\s|$)"):
            size = context.layer_bytes(position)
            yield Hit(position, "pacman's packages stay in the layer", bytes=size, subject=("pacman",))


rule = Rule(
    id="SIZ003",
    name="yum-cache-left",
    family=Family.WEIGHT,
    severity=Severity.LOW,
    summary="The yum or dnf cache is left in the layer",
    why=(
        "yum and dnf keep the repositories' metadata, often larger than the packages installed. A cache mount "
        "keeps it out too, but leaves no trace in the history."
    ),
    fix="End the RUN with `dnf clean all` (`yum clean all`) and delete `/var/cache/dnf`.",
    references=(docker("minimise layers and clean up", BEST_PRACTICES + "#apt-get"),),
    check=check,
)
