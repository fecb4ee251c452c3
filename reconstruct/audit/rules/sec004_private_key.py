"""SEC004: A private key is in the record."""

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
            yield Hit(secret.step, f"a private key stands in the record{where}", "-----BEGIN **** PRIVATE KEY-----")


rule = Rule(
    id="SEC004",
    name="private-key",
    family=Family.SECRETS,
    severity=Severity.CRITICAL,
    summary="A private key is in the record",
    why=(
        "A private key in a step's text or in a variable is in every copy of the image. Deleting the "
        "file that it was written to, in a later step or in the same one, does not take it out of the "
        "history."
    ),
    fix=("Replace the key pair now. Give keys to a build with `RUN --mount=type=ssh` or `--mount=type=secret`."),
    references=(
        cis("4.10", "Ensure secrets are not stored in Dockerfiles"),
        cwe(321, "Use of Hard-coded Cryptographic Key"),
        BUILD_SECRETS,
    ),
    check=check,
)
