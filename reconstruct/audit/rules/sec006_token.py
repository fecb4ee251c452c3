"""SEC006: The history or config contains a service's token or key."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import BUILD_SECRETS, Hit, Rule, cis, cwe
from reconstruct.audit.secrets.scan import Place, article, excerpt, severity


def check(context: Context) -> Iterator[Hit]:
    """Fires for each token in the form of a known service, anywhere in the record."""
    for secret in context.secrets:
        if secret.place is Place.TOKEN:
            shown = excerpt(context, secret) if secret.step is not None and context.text(secret.step) else ""
            what = f"the build record contains {article(secret.what)} {secret.what}"
            yield Hit(secret.step, what, shown, severity(secret), subject=secret.subject)


rule = Rule(
    id="SEC006",
    name="service-token",
    family=Family.SECRETS,
    severity=Severity.CRITICAL,
    summary="The history or config contains a service's token or key",
    why=(
        "The text has the format of a service's tokens (a cloud access key, a code host's or registry's token, a "
        "chat webhook, a JSON Web Token). Bots scan every public image for such tokens."
    ),
    fix="Revoke the token now, at the service that issued it. Pass tokens to the build with `RUN --mount=type=secret`.",
    references=(
        cis("4.10", "Ensure secrets are not stored in Dockerfiles"),
        cwe(798, "Use of Hard-coded Credentials"),
        BUILD_SECRETS,
    ),
    check=check,
)
