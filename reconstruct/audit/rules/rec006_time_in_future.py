"""REC006: A step or the image is dated in the future."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Reference, Rule, cwe
from reconstruct.audit.times import moment


def check(context: Context) -> Iterator[Hit]:
    """Fires if a step's time, or else the image's, is more than a day after the time of the audit."""
    limit = context.now + timedelta(days=1)
    positions = [(position, time) for position, time in enumerate(context.times) if time is not None and time > limit]
    if positions:
        position, time = positions[0]
        yield Hit(
            position,
            f"dated {time:%Y-%m-%d %H:%M} UTC, in the future",
            related=tuple(other for other, _ in positions[1:50]),
            whole=True,
        )
    created = moment(context.image.created)
    if created is not None and created > limit and not positions:
        yield Hit(None, f"the image is dated {created:%Y-%m-%d %H:%M} UTC, in the future")


rule = Rule(
    id="REC006",
    name="time-in-future",
    family=Family.RECORD,
    severity=Severity.MEDIUM,
    summary="A step or the image is dated in the future",
    why="No builder writes a date that is yet to come: the clock was wrong, or the timestamp is fabricated.",
    fix="Check the builder's clock; compare with the registry's record of the push.",
    references=(
        Reference(
            "OCI image specification: config, history",
            "https://github.com/opencontainers/image-spec/blob/main/config.md",
        ),
        cwe(345, "Insufficient Verification of Data Authenticity"),
    ),
    check=check,
)
