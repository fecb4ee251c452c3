"""SEC007: A credential file is written with its contents in the history."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import BUILD_SECRETS, Hit, Rule, cis, cwe
from reconstruct.audit.secrets.scan import Place, excerpt


def check(context: Context) -> Iterator[Hit]:
    """Fires if a step's text writes credentials to a file that programs log in with (`.netrc`, say)."""
    for secret in context.secrets:
        if secret.place is Place.LOGIN_FILE and secret.step is not None:
            evidence = excerpt(context, secret)
            yield Hit(
                secret.step,
                f"credentials are written to {context.show(secret.what, 100)}, and so to the build record",
                evidence,
                subject=secret.subject,
            )


rule = Rule(
    id="SEC007",
    name="login-file-written",
    family=Family.SECRETS,
    severity=Severity.HIGH,
    summary="A credential file is written with its contents in the history",
    why=(
        "The step writes `.netrc`, `.npmrc`, `.pypirc`, `.git-credentials`, a Docker or cloud config or the like, "
        "with the credentials in the step's text. Deleting the file afterwards, even in the same step, leaves the "
        "text in the history."
    ),
    fix=(
        "Treat the credentials as leaked and rotate them. Mount the file only for the step that needs it: `RUN "
        "--mount=type=secret,id=netrc,target=/root/.netrc …`."
    ),
    references=(
        cis("4.10", "Ensure secrets are not stored in Dockerfiles"),
        cwe(312, "Cleartext Storage of Sensitive Information"),
        BUILD_SECRETS,
    ),
    check=check,
)
