"""REC013: The image's date is not that of its last step."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Reference, Rule, cwe
from reconstruct.audit.times import is_zero, moment, span


def check(context: Context) -> Iterator[Hit]:
    """Fires if `created` is more than a day from the last entry's time, and isn't the latest time of any entry either."""
    created = moment(context.image.created)
    if created is None or is_zero(created) or not context.image.raw_config:
        return
    made = next(
        (time for step, time in zip(reversed(context.steps), reversed(context.times), strict=True) if step.entry), None
    )
    if made is None or is_zero(made):
        return
    gap = (created - made).total_seconds()
    if abs(gap) > 86_400 and max(filter(None, context.times)) != created:
        when = "after" if gap > 0 else "before"
        yield Hit(
            None,
            f"the image is dated {span(abs(gap))} {when} its last step ({created:%Y-%m-%d} against {made:%Y-%m-%d})",
        )


rule = Rule(
    id="REC013",
    name="image-date-differs",
    family=Family.RECORD,
    severity=Severity.LOW,
    summary="The image's date is not that of its last step",
    why=(
        "Builders date the image when its last step finishes. A config dated much later or earlier was rewritten "
        "by another tool."
    ),
    fix="Compare with the build log or the registry's record.",
    references=(
        Reference(
            "OCI image specification: config, history",
            "https://github.com/opencontainers/image-spec/blob/main/config.md",
        ),
        cwe(345, "Insufficient Verification of Data Authenticity"),
    ),
    check=check,
)
