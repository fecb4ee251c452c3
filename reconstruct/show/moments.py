"""Times for people and web pages."""

from __future__ import annotations

from datetime import datetime

from reconstruct.times import MONTHS

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def rfc1123(moment: datetime) -> str:
    """`Tue, 01 Sep 2020 19:14:00 GMT` (RFC 9110's HTTP date), whatever the locale."""
    day, month = _DAYS[moment.weekday()], MONTHS[moment.month - 1]
    return f"{day}, {moment.day:02} {month} {moment.year:04} {moment:%H:%M:%S} GMT"


def plain(moment: datetime) -> str:
    """`2020-09-01 19:14:00`, for tables whose header says UTC."""
    return f"{moment.year:04}-{moment:%m-%d %H:%M:%S}"
