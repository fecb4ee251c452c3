"""The one reader of times: what configs, engines, pages and Go's printer write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconstruct import times

MOMENT = datetime(2020, 9, 1, 19, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2020-09-01T19:14:00Z",
        "2020-09-01T19:14:00.000000001Z",
        "2020-09-01T21:14:00+02:00",
        "2020-09-01t19:14:00z",
        "2020-09-01 19:14:00 +0000 UTC",
        "2020-09-01 19:14:00.0 +0000 UTC",
        " Tue, 01 Sep 2020 19:14:00 GMT ",
    ],
)
def test_every_spelling_is_one_moment(text: str) -> None:
    assert times.parse(text) == MOMENT


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "3 weeks ago",
        "2020-09-01T19:14:00",
        "2020-13-01T19:14:00Z",
        "٢٠٢٠-09-01T19:14:00Z",
        "2020-09-01T19:14:00+99:00",
        "9999-12-31T23:59:59-23:59",
        "Tue, 01 Foo 2020 19:14:00 GMT",
    ],
)
def test_what_is_no_time_is_none(text: str | None) -> None:
    assert times.parse(text) is None


@given(st.datetimes(timezones=st.just(UTC)))
def test_what_is_printed_is_read_back(moment: datetime) -> None:
    assert times.parse(times.rfc3339(moment)) == moment


DIGITS = st.integers(0, 99).map("{:02}".format)


@given(
    st.integers(0, 9999).map("{:04}".format),
    st.tuples(DIGITS, DIGITS, st.integers(0, 25).map("{:02}".format), DIGITS, DIGITS),
    st.none() | st.text("0123456789", max_size=40),
)
@example("2020", ("09", "01", "24", "00", "00"), None)
def test_as_builders_write_it_it_is_read_like_any(year: str, parts: tuple[str, ...], fraction: str | None) -> None:
    month, day, *clock = parts
    text = f"{year}-{month}-{day}T{':'.join(clock)}" + (f".{fraction}Z" if fraction is not None else "Z")
    assert times.parse(text) == times.parse(f"{text[:-1]}+00:00")


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    assert times.parse(text) is None or text


@given(st.integers(-(10**20), 10**20))
def test_seconds_are_read_or_refused(seconds: int) -> None:
    text = times.from_seconds(seconds)
    if text is not None:
        assert times.parse(text) == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
