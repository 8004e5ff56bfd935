"""Times as sources write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds import _time
from feeds._time import BRUSSELS, COPENHAGEN


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Thu, 19 Nov 2026 12:05:00 GMT", "2026-11-19T12:05:00"),
        ("Thu, 19 Nov 2026 12:05:00 GMT\n", "2026-11-19T12:05:00"),
        ("19 Nov 2026 12:05:00 +0100", "2026-11-19T11:05:00"),
        ("Thu, 19 Nov 2026 12:05:00 -0000", "2026-11-19T12:05:00"),
        ("2026-11-19T12:05:00Z", "2026-11-19T12:05:00"),
        ("2026-11-19T12:05:00+01:00", "2026-11-19T11:05:00"),
        ("\t2026-11-19T12:05:00.123+01:00 ", "2026-11-19T11:05:00.123"),
        ("2026-09-30T13:00:00.000Z", "2026-09-30T13:00:00"),
    ],
)
def test_a_time_with_a_zone_is_read_as_it_is(raw: str, expected: str) -> None:
    assert _time.instant(raw) == _time.instant(raw, COPENHAGEN) == datetime.fromisoformat(f"{expected}+00:00")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("2018-01-31T18:45:36.73", "2018-01-31T17:45:36.73"),
        ("2018-09-18T13:09:18.397", "2018-09-18T11:09:18.397"),
        ("2026-11-19", "2026-11-18T23:00:00"),
        ("2026-11-19 12:05", "2026-11-19T11:05:00"),
        ("Thu, 19 Nov 2026 12:05:00", "2026-11-19T11:05:00"),
    ],
)
def test_a_time_without_one_is_the_sources_own(raw: str, expected: str) -> None:
    assert _time.instant(raw, COPENHAGEN) == datetime.fromisoformat(f"{expected}+00:00")
    assert _time.instant(raw) is None, "without a zone nothing can be said"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("2026-10-25T01:59:59", "2026-10-24T23:59:59"),
        ("2026-10-25T02:30:00", "2026-10-25T00:30:00"),  # the first of two
        ("2026-10-25T03:00:00", "2026-10-25T02:00:00"),
        ("2026-03-29T01:59:59", "2026-03-29T00:59:59"),
        ("2026-03-29T02:30:00", "2026-03-29T01:30:00"),  # there is none; 03:30 of summer time
        ("2026-03-29T03:00:00", "2026-03-29T01:00:00"),
    ],
)
def test_the_nights_when_the_clock_is_set(raw: str, expected: str) -> None:
    for zone in (COPENHAGEN, BRUSSELS):
        assert _time.instant(raw, zone) == datetime.fromisoformat(f"{expected}+00:00")


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "i går",
        "0001-01-01T00:00:00",
        "1970-01-01T00:00:00Z",
        "9999-12-31T23:59:59",
        "2026-13-01",
        "2026-02-30T10:00",
        "Thu, 99 Nov 2026 12:05:00 GMT",
        "2026",
        "19.11.2026 12:05",
        "\x00",
        "Thu, 19 Nov 99999 12:05:00 GMT",
    ],
)
def test_what_cannot_be_read_is_unknown_and_never_now(raw: str) -> None:
    assert _time.instant(raw, COPENHAGEN) is None


@given(
    raw=st.text(max_size=40)
    | st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?", fullmatch=True)
)
def test_any_text_is_a_utc_instant_or_none(raw: str) -> None:
    found = _time.instant(raw, COPENHAGEN)
    assert found is None or (found.utcoffset() == timedelta(0) and found.tzinfo is UTC)


@given(at=st.datetimes(min_value=datetime(1995, 1, 1), max_value=datetime(2100, 1, 1)))
def test_a_danish_time_goes_there_and_back_except_in_the_hour_that_is_not_there(at: datetime) -> None:
    found = _time.instant(at.isoformat(), COPENHAGEN)
    assert found is not None
    back = found.astimezone(COPENHAGEN).replace(tzinfo=None)
    assert back - at == timedelta(0) or (at.month, back.hour) == (3, 3), "only March has an hour that is not there"


@pytest.mark.parametrize(("at", "expected"), [("02:00", True), ("02:59", True), ("01:59", False), ("03:00", False)])
def test_an_hour_comes_twice_in_october(at: str, expected: bool) -> None:
    assert _time.twice(datetime.fromisoformat(f"2026-10-25T{at}")) is expected
    assert _time.twice(datetime.fromisoformat(f"2026-03-29T{at}")) is False
