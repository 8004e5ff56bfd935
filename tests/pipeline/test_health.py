from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from articles.ports import Silence
from pipeline.health import silent_for

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
