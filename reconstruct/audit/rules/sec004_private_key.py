"""SEC004: The history or config contains a private key."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import BUILD_SECRETS, Hit, Rule, cis, cwe
from reconstruct.audit.secrets.scan import Place


def check(context: Context) -> Iterator[Hit]:
    """Fires for each private key in the record; the key itself is never shown."""
    for secret in context.secrets:
        if secret.place is Place.KEY:
            where = f" in {context.show(secret.name, 80)}" if secret.name else ""
            message = f"the build record contains a private key{where}"
            yield Hit(secret.step, message, "-----BEGIN **** PRIVATE KEY-----", subject=secret.subject)


rule = Rule(
    id="SEC004",
    name="private-key",
    family=Family.SECRETS,
    severity=Severity.CRITICAL,
    summary="The history or config contains a private key",
    why=(
        "A private key in a step's text or in a variable is in every copy of the image. Deleting the file that it "
        "was written to, in the same step or a later one, does not remove it from the history."
    ),
    fix="Replace the key pair now. Pass keys to the build with `RUN --mount=type=ssh` or `--mount=type=secret`.",
    references=(
        cis("4.10", "Ensure secrets are not stored in Dockerfiles"),
        cwe(321, "Use of Hard-coded Cryptographic Key"),
        BUILD_SECRETS,
    ),
    check=check,
)
