"""REC005: Step timestamps are out of order."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Reference, Rule, cwe
from reconstruct.audit.times import is_zero, span
from reconstruct.builders import registry


def check(context: Context) -> Iterator[Hit]:
    """Fires if an entry is dated a second or more before the one in front of it; zero and missing times are left out."""
    known = [(position, time) for position, time in enumerate(context.times) if time is not None and not is_zero(time)]
    for (before, earlier), (position, time) in pairwise(known):
        if (earlier - time).total_seconds() < 1:
            continue
        rest = {later for place, later in known if place >= position}
        gap = (earlier - time).total_seconds()
        if len(rest) == 1 and len(known) - known.index((position, time)) > 1:
            severity = Severity.INFO  # all that follows has one time: a build with SOURCE_DATE_EPOCH on a newer base
        elif (
            registry.of(context.steps[position].dialect).cached_times
            or context.steps[before].dialect is not context.steps[position].dialect
        ):
            severity = Severity.LOW
        else:
            severity = Severity.MEDIUM
        yield Hit(
            position,
            f"made {span(gap)} before the previous step ({time:%Y-%m-%d %H:%M:%S} UTC, after {earlier:%Y-%m-%d %H:%M:%S})",
            severity=severity,
            related=(before,),
        )


rule = Rule(
    id="REC005",
    name="times-out-of-order",
    family=Family.RECORD,
    severity=Severity.LOW,
    summary="Step timestamps are out of order",
    why=(
        "Each step is created after the one before it. A step older than its predecessor is normal where the base "
        "was rebuilt with a fixed timestamp (SOURCE_DATE_EPOCH) and, with BuildKit, where cached steps are "
        "reused; within a build by another builder, it means that entries were edited or pieced together."
    ),
    fix="Compare with the build log, or with the image as first published.",
    references=(
        Reference(
            "OCI image specification: config, history",
            "https://github.com/opencontainers/image-spec/blob/main/config.md",
        ),
        cwe(345, "Insufficient Verification of Data Authenticity"),
    ),
    check=check,
)
