"""SEC005: A URL contains credentials."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import BUILD_SECRETS, Hit, Rule, cis, cwe
from reconstruct.audit.secrets.names import Worth
from reconstruct.audit.secrets.scan import Place, excerpt


def check(context: Context) -> Iterator[Hit]:
    """Fires for each URL with credentials in it; MEDIUM or LOW if they may be no secret."""
    for secret in context.secrets:
        if secret.place is Place.URL:
            where = f" in {context.show(secret.name, 80)}" if secret.name else ""
            text = context.text(secret.step) if secret.step is not None else ""
            severity = Severity.LOW if secret.weak else Severity.MEDIUM if secret.worth is not Worth.SECRET else None
            yield Hit(
                secret.step,
                f"a URL contains credentials{where}",
                excerpt(context, secret) if text else "",
                severity,
                subject=secret.subject,
            )


rule = Rule(
    id="SEC005",
    name="credentials-in-url",
    family=Family.SECRETS,
    severity=Severity.HIGH,
    summary="A URL contains credentials",
    why=(
        "Credentials in a URL (`https://user:password@host`) are recorded with the step that uses it, and also "
        "end up in logs, `.git/config` and package manager caches."
    ),
    fix=(
        "Treat the value as leaked and rotate it. Use a credential helper, a netrc file from `RUN "
        "--mount=type=secret`, or `--mount=type=ssh`."
    ),
    references=(
        cis("4.10", "Ensure secrets are not stored in Dockerfiles"),
        cwe(522, "Insufficiently Protected Credentials"),
        BUILD_SECRETS,
    ),
    check=check,
)
