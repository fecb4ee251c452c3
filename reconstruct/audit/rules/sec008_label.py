"""SEC008: A label contains a secret."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Rule, cis, cwe
from reconstruct.audit.secrets.scan import Place, describe, severity


def check(context: Context) -> Iterator[Hit]:
    """Fires for each secret that is a label's value, set by a step or found in the config alone."""
    for secret in context.secrets:
        if secret.place is Place.LABEL:
            yield Hit(
                secret.step,
                f"LABEL {context.show(secret.name, 80)} contains {describe(secret)}",
                f"{secret.name}={secret.secret}",
                severity(secret),
                subject=secret.subject,
            )


rule = Rule(
    id="SEC008",
    name="secret-in-label",
    family=Family.SECRETS,
    severity=Severity.HIGH,
    summary="A label contains a secret",
    why="Labels are meant to be read: registries display them, and `docker inspect` and every orchestrator list them.",
    fix="Treat the value as leaked and rotate it; remove the label.",
    references=(
        cis("4.10", "Ensure secrets are not stored in Dockerfiles"),
        cwe(312, "Cleartext Storage of Sensitive Information"),
    ),
    check=check,
)
