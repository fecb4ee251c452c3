"""Times of history entries, for the rules."""

from __future__ import annotations

from datetime import datetime

from reconstruct.times import parse


def moment(text: str | None) -> datetime | None:
    """A time of history or config in UTC; None if there is none, or it can't be read."""
    return parse(text)


def is_zero(time: datetime) -> bool:
    """Whether a time means none: Go's zero time, the Unix epoch, zip's first day (1980), any before images existed."""
    return time.year < 1990


def span(seconds: float) -> str:
    """A duration in a suitable unit: `3 days`, `5 minutes`."""
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{round(seconds / length)} {unit}"
    return f"{seconds:.0f} seconds"
