"""SEC003: A command contains a password or key."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import BUILD_SECRETS, Hit, Rule, cis, cwe
from reconstruct.audit.secrets.scan import Place, describe, excerpt, severity


def check(context: Context) -> Iterator[Hit]:
    """Fires for each password or key in the text of a step's command."""
    for secret in context.secrets:
        if secret.place is Place.COMMAND and secret.step is not None:
            keyword = context.steps[secret.step].instruction.keyword or "a step"
            yield Hit(
                secret.step,
                f"{keyword} has {describe(secret)} in its text ({context.show(secret.what, 80)})",
                excerpt(context, secret),
                severity(secret),
                subject=secret.subject,
            )


rule = Rule(
    id="SEC003",
    name="password-on-command-line",
    family=Family.SECRETS,
    severity=Severity.HIGH,
    summary="A command contains a password or key",
    why=(
        "The text of RUN, CMD, ENTRYPOINT and HEALTHCHECK is stored verbatim in the image, so anyone who can pull "
        "it can read a password given as an option (`--password`, `curl -u user:pass`), in a header, in an "
        "assignment or echoed into a file. On a running system, it also shows in the process list."
    ),
    fix=(
        "Treat the value as leaked and rotate it. In a build, read it from `RUN --mount=type=secret`; at run "
        "time, from a file or variable that the orchestrator provides."
    ),
    references=(
        cis("4.10", "Ensure secrets are not stored in Dockerfiles"),
        cwe(798, "Use of Hard-coded Credentials"),
        cwe(214, "Invocation of Process Using Visible Sensitive Information"),
        BUILD_SECRETS,
    ),
    check=check,
)
