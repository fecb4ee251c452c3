"""SEC009: The history contains an account's password or its hash."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Rule, cis, cwe
from reconstruct.audit.secrets.scan import Place, excerpt


def check(context: Context) -> Iterator[Hit]:
    """Fires if a step's text sets the password of an account in the image (`chpasswd`, say)."""
    for secret in context.secrets:
        if secret.place is Place.ACCOUNT and secret.step is not None:
            message = f"an account's password is in the step's text ({context.show(secret.what, 80)})"
            yield Hit(secret.step, message, excerpt(context, secret), subject=secret.subject)


rule = Rule(
    id="SEC009",
    name="account-password-set",
    family=Family.SECRETS,
    severity=Severity.HIGH,
    summary="The history contains an account's password or its hash",
    why=(
        "`chpasswd`, `passwd`, `useradd -p`, `net user` and `htpasswd -b` with a literal password give every "
        "container of the image the same login, and anyone who can pull the image knows it (or the hash to "
        "crack)."
    ),
    fix=(
        "Leave the account without a password (`useradd` locks it) and run as it with USER. If people must log "
        "in, set the password when the container starts."
    ),
    references=(
        cis("4.10", "Ensure secrets are not stored in Dockerfiles"),
        cwe(259, "Use of Hard-coded Password"),
    ),
    check=check,
)
