"""SEC002: A build argument contains a secret."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import BUILD_SECRETS, Hit, Rule, cis, cwe, docker
from reconstruct.audit.secrets.names import names_secret
from reconstruct.audit.secrets.scan import Place, describe, severity
from reconstruct.syntax import Arg


def check(context: Context) -> Iterator[Hit]:
    """Fires for each secret in an ARG's default or a build argument; LOW for an ARG without value named like a secret."""
    for secret in context.secrets:
        if secret.place not in (Place.ARG, Place.BUILD_ARG):
            continue
        what = "the default of ARG" if secret.place is Place.ARG else "the build argument"
        # A build argument shows in every RUN; which is the first is no part of it.
        yield Hit(
            secret.step,
            f"{what} {context.show(secret.name, 80)} contains {describe(secret)}",
            f"{secret.name}={secret.secret}",
            severity(secret),
            subject=secret.subject,
            whole=secret.place is Place.BUILD_ARG,
        )
    yield from _announced(context)


def _announced(context: Context) -> Iterator[Hit]:
    """ARG without a value whose name asks for a secret: the value was given on the command line, and may be recorded."""
    seen = {secret.name for secret in context.secrets if secret.place in (Place.ARG, Place.BUILD_ARG)}
    for position, arg in context.of(Arg):
        for pair in arg.pairs:
            if pair.value is None and pair.key not in seen and names_secret(pair.key):
                seen.add(pair.key)
                message = f"ARG {context.show(pair.key, 80)} takes a secret, but build arguments are recorded"
                yield Hit(position, message, severity=Severity.LOW, subject=(pair.key,))


rule = Rule(
    id="SEC002",
    name="secret-in-build-argument",
    family=Family.SECRETS,
    severity=Severity.HIGH,
    summary="A build argument contains a secret",
    why=(
        "Build arguments look private but are not: the classic builder and BuildKit record the values in scope "
        "before every RUN (`|1 TOKEN=…`), and the default of an ARG is recorded in the history as written. "
        "`docker history` prints both."
    ),
    fix=(
        "Treat the value as leaked and rotate it. Pass secrets to the build with `RUN --mount=type=secret` or "
        "`--mount=type=ssh`, which leave nothing in the image."
    ),
    references=(
        cis("4.10", "Ensure secrets are not stored in Dockerfiles"),
        cwe(798, "Use of Hard-coded Credentials"),
        docker("build check SecretsUsedInArgOrEnv", "reference/build-checks/secrets-used-in-arg-or-env/"),
        BUILD_SECRETS,
    ),
    check=check,
)
