"""REC008: The base was outdated when the image was built."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import BEST_PRACTICES, Hit, Rule, cis, docker
from reconstruct.audit.times import is_zero


def check(context: Context) -> Iterator[Hit]:
    """Fires if the base's newest time is more than `base_age` days before the earliest of the build's own steps."""
    first = border(context)
    if first is None:
        return
    base_times = [time for time in context.times[:first] if time is not None and not is_zero(time)]
    own_times = [time for time in context.times[first:] if time is not None and not is_zero(time)]
    if not base_times or not own_times:
        return
    days = (min(own_times) - max(base_times)).days
    if days > context.base_age:
        severity = Severity.MEDIUM if days > 2 * context.base_age and days > 365 else None
        message = f"the base was {days} days old when this build began"
        yield Hit(first, message, severity=severity, related=(first - 1,), whole=True)


def border(context: Context) -> int | None:
    """The first step of the build itself, where a base is known to stand before it."""
    if context.base_steps:
        return context.base_steps if context.base_steps < len(context.steps) else None
    own = context.own_steps
    return own[0] if own and own[0] > 0 else None


rule = Rule(
    id="REC008",
    name="base-old-at-build",
    family=Family.RECORD,
    severity=Severity.LOW,
    summary="The base was outdated when the image was built",
    why=(
        "The base's newest step is this much older than the first step of the build, so security fixes from that "
        "period are missing unless a step upgraded the packages. The usual cause is a base cached on the builder."
    ),
    fix="Build with `--pull`, and rebuild regularly. Set the threshold with `--base-age`.",
    references=(
        cis("4.4", "Ensure images are scanned and rebuilt to include security patches"),
        docker("rebuild your images often", BEST_PRACTICES + "#rebuild-your-images-often"),
    ),
    check=check,
)
