"""USR009: No HEALTHCHECK is set."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Rule, cis
from reconstruct.syntax import Expose, Healthcheck


def check(context: Context) -> Iterator[Hit]:
    """Fires if the image exposes a port, and neither a step nor the config has a HEALTHCHECK."""
    if context.last(Healthcheck) is not None or context.config("Healthcheck") or not context.image.has_config:
        return
    # An image without a port is a tool or a base, with nothing to check.
    exposed = context.last(Expose)
    if exposed is not None:
        yield Hit(None, "the image exposes a port but has no HEALTHCHECK")


rule = Rule(
    id="USR009",
    name="no-healthcheck",
    family=Family.RUNNING,
    severity=Severity.INFO,
    summary="No HEALTHCHECK is set",
    why=(
        "Without a health check, the engine knows only whether the process is running, not whether it works. "
        "Orchestrators with their own probes do not need it."
    ),
    fix="Add a HEALTHCHECK that queries the program itself, unless the orchestrator probes it.",
    references=(cis("4.6", "Ensure that HEALTHCHECK instructions have been added to container images"),),
    check=check,
)
