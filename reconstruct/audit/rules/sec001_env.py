"""SEC001: An environment variable contains a secret."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import BUILD_SECRETS, Hit, Rule, cis, cwe, docker
from reconstruct.audit.secrets.scan import Place, describe, severity


def check(context: Context) -> Iterator[Hit]:
    """Fires for each secret that is a variable's value, set by ENV or found in the config alone."""
    for secret in context.secrets:
        if secret.place is Place.ENV:
            where = "" if secret.step is not None else " (in the config alone: no step sets it)"
            yield Hit(
                secret.step,
                f"ENV {context.show(secret.name, 80)} contains {describe(secret)}{where}",
                f"{secret.name}={secret.secret}",
                severity(secret),
                subject=secret.subject,
            )


rule = Rule(
    id="SEC001",
    name="secret-in-env",
    family=Family.SECRETS,
    severity=Severity.HIGH,
    summary="An environment variable contains a secret",
    why=(
        "ENV values are stored in the image config and in every container's environment. Anyone who can pull the "
        "image or run `docker inspect` on it can read them; child processes inherit them, and crash reports "
        "include them. Overwriting or unsetting the variable in a later step leaves the old value in the history."
    ),
    fix=(
        "Treat the value as leaked and rotate it. Pass it when the container starts (an orchestrator's secret, a "
        "mounted file, `--env-file`), or to the build with `RUN --mount=type=secret`."
    ),
    references=(
        cis("4.10", "Ensure secrets are not stored in Dockerfiles"),
        cwe(798, "Use of Hard-coded Credentials"),
        docker("build check SecretsUsedInArgOrEnv", "reference/build-checks/secrets-used-in-arg-or-env/"),
        BUILD_SECRETS,
    ),
    check=check,
)
