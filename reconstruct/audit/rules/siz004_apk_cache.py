"""SIZ004: The apk index is left in the layer."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.files import cleaned
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.packages import verb
from reconstruct.audit.rule import BEST_PRACTICES, Hit, Rule, docker


def check(context: Context) -> Iterator[Hit]:
    """Fires for an `apk add`, `upgrade` or `update` from repositories without `--no-cache` whose step doesn't empty /var/cache/apk."""
    for position, commands in context.run_with("apk"):
        fetching = [
            command
            for command in commands
            if command.name == "apk"
            and verb(command) in ("add", "upgrade", "update")
            and not command.has("--no-cache", "--no-network")
            and not any(word.endswith(".apk") for word in command.arguments)
        ]
        if fetching and not cleaned(context, position, r"/var/cache/apk|/var/cache/?(?:\*|\s|$)"):
            shown = next((command for command in fetching if verb(command) == "add"), fetching[0])
            yield Hit(
                position,
                f"apk {verb(shown)} without --no-cache leaves its index",
                bytes=context.layer_bytes(position),
            )


rule = Rule(
    id="SIZ004",
    name="apk-cache-left",
    family=Family.WEIGHT,
    severity=Severity.LOW,
    summary="The apk index is left in the layer",
    why=("Without `--no-cache`, `apk add` after `apk update` leaves the repositories' index in `/var/cache/apk`."),
    fix="Use `apk add --no-cache …` and drop `apk update`.",
    references=(docker("minimise layers and clean up", BEST_PRACTICES + "#apt-get"),),
    check=check,
)
