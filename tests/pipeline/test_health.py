from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from articles.ports import Silence
from pipeline.health import late_for, silent_for

SILENCE = Silence(working_hours=timedelta(hours=6), weekend=timedelta(hours=72))


@pytest.mark.parametrize(
    ("last", "now", "silent"),
    [
        ("2026-11-19T08:00", "2026-11-19T13:59", False),  # a Thursday
        ("2026-11-19T08:00", "2026-11-19T14:01", True),
        ("2026-11-20T16:00", "2026-11-23T07:00", False),  # over a weekend
        ("2026-11-20T16:00", "2026-11-23T17:00", True),
        ("2026-11-21T10:00", "2026-11-21T22:00", False),  # a Saturday
    ],
)
def test_a_feed_is_silent_beyond_its_own_rhythm(last: str, now: str, silent: bool) -> None:
    then, at = (datetime.fromisoformat(stamp).replace(tzinfo=UTC) for stamp in (last, now))
    assert (silent_for(SILENCE, then, at) is not None) is silent


@pytest.mark.parametrize(
    ("polled", "late"),
    [
        ("2026-11-19T13:50", False),
        ("2026-11-19T13:31", False),  # two times were missed: a restart
        ("2026-11-19T13:20", True),
        ("2026-11-18T13:50", True),
    ],
)
def test_a_feed_is_late_when_it_was_not_read_several_times(polled: str, late: bool) -> None:
    at, now = (datetime.fromisoformat(stamp).replace(tzinfo=UTC) for stamp in (polled, "2026-11-19T13:52"))
    assert (late_for("*/10 * * * *", at, now, "Europe/Copenhagen") is not None) is late


def test_a_daily_feed_is_not_late_after_an_hour() -> None:
    now = datetime(2026, 3, 29, 12, 0, tzinfo=UTC)  # the day on which the clock goes forward
    assert late_for("0 7 * * *", now - timedelta(hours=30), now, "Europe/Copenhagen") is None
    assert late_for("0 7 * * *", now - timedelta(hours=80), now, "Europe/Copenhagen") is not None
