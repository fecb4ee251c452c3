"""Times as saved forms write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconstruct import times
from reconstruct.show import moments


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020-09-01T19:14:00Z", "2020-09-01T19:14:00Z"),
        ("2020-09-01T21:14:00.123456789+02:00", "2020-09-01T19:14:00.123456Z"),
        ("2020-09-01 19:14:00 +0000 UTC", "2020-09-01T19:14:00Z"),
        ("2020-09-01 12:14:00.5 -0700", "2020-09-01T19:14:00.500000Z"),
        ("Tue, 01 Sep 2020 19:14:00 GMT", "2020-09-01T19:14:00Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
    ],
)
def test_times_are_read_into_utc(text: str, expected: str) -> None:
    moment = times.parse(text)
    assert moment is not None
    assert times.rfc3339(moment) == expected


@pytest.mark.parametrize(
    "text",
    [None, "", "3 weeks ago", "2020-13-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "Tue, 99 Sep 2020 19:14:00 GMT"],
)
def test_what_is_no_time_is_none(text: str | None) -> None:
    assert times.parse(text) is None


@given(st.text())
def test_reading_a_time_never_raises(text: str) -> None:
    assert times.parse(text) is None or text


@given(st.datetimes())
def test_the_http_date_is_read_back(moment: object) -> None:
    first = times.parse(f"{moment.isoformat()}Z")  # type: ignore[attr-defined]
    assert first is not None
    assert times.parse(moments.rfc1123(first)) == first.replace(microsecond=0)
