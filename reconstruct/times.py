"""Times in saved forms, converted to UTC: the only reader of RFC 3339 and of Go's and HTTP's formats."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from reconstruct import pattern

_RFC3339 = pattern.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)[Tt ](?P<time>\d\d:\d\d:\d\d)(?:\.(?P<fraction>\d+))?"
    r" ?(?:(?P<zulu>[Zz])|(?P<sign>[+-])(?P<hours>\d\d):?(?P<minutes>\d\d))(?: UTC)?",
    re.ASCII,
)
# As builders write it, which Python reads by itself.
_USUAL = pattern.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z", re.ASCII)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_RFC1123 = pattern.compile(
    r"[A-Z][a-z]{2}, (?P<day>\d\d) (?P<month>[A-Z][a-z]{2}) (?P<year>\d{4}) (?P<time>\d\d:\d\d:\d\d) GMT",
    re.ASCII,
)


def parse(text: str | None) -> datetime | None:
    """`text` (RFC 3339 as in configs, Go's format, RFC 1123) as a UTC time, else None."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text) if _USUAL.fullmatch(text) else _read(text.strip())
    except (ValueError, OverflowError):
        return None


def _read(text: str) -> datetime | None:
    if match := _RFC3339.fullmatch(text):
        moment = datetime.fromisoformat(f"{match['date']}T{match['time']}")
        fraction = (match["fraction"] or "").ljust(6, "0")[:6]
        moment = moment.replace(microsecond=int(fraction), tzinfo=_zone(match))
        return moment.astimezone(UTC)
    if (match := _RFC1123.fullmatch(text)) and match["month"] in MONTHS:
        month = MONTHS.index(match["month"]) + 1
        moment = datetime.fromisoformat(f"{match['year']}-{month:02}-{match['day']}T{match['time']}")
        return moment.replace(tzinfo=UTC)
    return None


def _zone(match: re.Match[str]) -> timezone:
    if match["zulu"]:
        return UTC
    offset = timedelta(hours=int(match["hours"]), minutes=int(match["minutes"]))
    return timezone(-offset if match["sign"] == "-" else offset)


def rfc3339(moment: datetime) -> str:
    """`2020-09-01T19:14:00Z`, with the fraction if there is one."""
    return moment.isoformat().replace("+00:00", "Z")


def from_seconds(seconds: int) -> str | None:
    """Seconds since 1970 (the engine's API) as RFC 3339, to the second; None if it isn't a time."""
    try:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    except OverflowError:
        return None
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ").zfill(20)
