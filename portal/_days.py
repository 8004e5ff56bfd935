"""How many hits a day, as bars. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from portal import _words

_AT_LEAST = 30  # days shown where the search names no other
_MOST_BARS = 62  # more days than this are shown as weeks, more weeks as months, more than twice as many months as years
_HEIGHT = 56
_EARLIEST, _LATEST = date(1970, 1, 1), date(2100, 12, 31)  # a date beyond is a source's mistake


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One stretch of days; ``height`` in units of the picture, 0 for none."""

    since: date
    until: date  # the last day in it
    count: int
    height: int

    @property
    def words(self) -> str:
        """ "14 on 19 Nov 2026"."""
        if self.until == self.since:
            return f"{self.count:,} on {_words.day(self.since)}"
        return f"{self.count:,} from {_words.day(self.since)} to {_words.day(self.until)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """``unit`` is day, week, month or year."""

    bars: tuple[Bar, ...]
    unit: str
    height: int = _HEIGHT

    @property
    def most(self) -> Bar:
        return max(self.bars, key=lambda bar: bar.count)


def bars(
    found: Mapping[date, int], *, today: date, since: date | None = None, until: date | None = None
) -> Bars | None:
    """From the first day asked for or found to the last; ``None`` where there is too little to draw."""
    days = {day: count for day, count in found.items() if _EARLIEST <= day <= _LATEST}
    if not days:
        return None
    last = max(until or today, *days)
    first = min(since or last - timedelta(days=_AT_LEAST - 1), *days)
    starts, unit = _starts(first, last)
    counts = [0] * len(starts)
    for day, count in days.items():
        counts[bisect_right(starts, day) - 1] += count
    ends = [start - timedelta(days=1) for start in [*starts[1:], _after(starts[-1], unit)]]
    most = max(counts)
    drawn = (
        Bar(since=start, until=end, count=count, height=max(3, round(_HEIGHT * count / most)) if count else 0)
        for start, end, count in zip(starts, ends, counts, strict=True)
    )
    return Bars(bars=tuple(drawn), unit=unit) if len(starts) > 2 else None


def _starts(first: date, last: date) -> tuple[list[date], str]:
    """The first day of every bar."""
    span = (last - first).days + 1
    if span <= _MOST_BARS:
        return _from(first, last, "day"), "day"
    if span <= 7 * _MOST_BARS:
        return _from(first - timedelta(days=first.weekday()), last, "week"), "week"
    if span <= 2 * 30 * _MOST_BARS:
        return _from(first.replace(day=1), last, "month"), "month"
    return _from(first.replace(month=1, day=1), last, "year"), "year"


def _from(start: date, last: date, unit: str) -> list[date]:
    found = []
    while start <= last:
        found.append(start)
        start = _after(start, unit)
    return found


def _after(start: date, unit: str) -> date:
    """The first day of the next bar."""
    if unit == "month":
        return (start + timedelta(days=32)).replace(day=1)
    if unit == "year":
        return start.replace(year=start.year + 1)
    return start + timedelta(days=7 if unit == "week" else 1)
