"""When steps were built, and how long each took."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from reconstruct.diff.model import Side, StepDifference, Times
from reconstruct.syntax import Step
from reconstruct.times import parse

# Gaps that differ by fewer seconds than this aren't reported.
WORTH = 10.0
# The years 1, 1970 and 1980 mean "no time": kaniko, reproducible builds, Nix and buildpacks write them.
_FIRST_YEAR = 1981


def moment(text: str | None) -> datetime | None:
    """RFC 3339 text as UTC; None if it isn't a time, or means none."""
    time = parse(text) if isinstance(text, str) else None
    return time if time is not None and time.year >= _FIRST_YEAR else None


def gaps(steps: Sequence[Step], start: int) -> dict[int, float]:
    """Seconds between a step's end and the step before, by position, from `start` on; negative ones are left out."""
    result = {}
    before: datetime | None = None
    for position, step in enumerate(steps):
        now = moment(step.entry.created) if step.entry else None
        if now is not None and before is not None and position > start and now >= before:
            result[position] = (now - before).total_seconds()
        before = now or before
    return result


def compare_times(old: Side, new: Side, starts: tuple[int, int], rows: Sequence[StepDifference]) -> Times:
    """`starts`: the first position of each side that isn't the base's.

    The time between the base's last step and the first own one isn't build time, so the first own step has no gap.
    """
    before, after = gaps(old.steps, starts[0]), gaps(new.steps, starts[1])
    found = []
    for index, row in enumerate(rows):
        took = _sum(before, row.old), _sum(after, row.new)
        if abs((took[1] or 0.0) - (took[0] or 0.0)) >= WORTH:
            found.append((index, *took))
    found.sort(key=lambda gap: -abs((gap[2] or 0.0) - (gap[1] or 0.0)))
    return Times(sum(before.values()) if before else None, sum(after.values()) if after else None, tuple(found[:3]))


def _sum(took: dict[int, float], positions: Sequence[int]) -> float | None:
    known = [took[position] for position in positions if position in took]
    return sum(known) if known else None
