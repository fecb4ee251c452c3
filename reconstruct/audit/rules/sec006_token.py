"""SEC006: A token or key of a service stands in a command or a comment."""

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
            what = f"{article(secret.what)} {secret.what} stands in the record"
            yield Hit(secret.step, what, shown, severity(secret))


rule = Rule(
    id="SEC006",
    name="service-token",
    family=Family.SECRETS,
    severity=Severity.CRITICAL,
    summary="A token or key of a service stands in a command or a comment",
    why=(
        "The text has the form that a service gives its tokens (a cloud's access key, a code host's "
        "or registry's token, a chat webhook, a JSON Web Token). Such tokens are searched for by "
        "machines in every public image."
    ),
    fix=("Revoke the token now, at the service that issued it. Give tokens to a build with `RUN --mount=type=secret`."),
    references=(
        cis("4.10", "Ensure secrets are not stored in Dockerfiles"),
        cwe(798, "Use of Hard-coded Credentials"),
        BUILD_SECRETS,
    ),
    check=check,
)
