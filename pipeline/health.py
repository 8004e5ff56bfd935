"""How each feed stands: fresh, late, silent or broken. The digest says it, the portal shows it, operators act on it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from articles.model import Problem
from articles.ports import Feed, FeedHealth, Silence

if TYPE_CHECKING:
    from pipeline.runtime import Runtime


def silent_for(silence: Silence, last_entry_at: datetime, now: datetime) -> timedelta | None:
    """How long the feed has been silent, where that is longer than it may be; ``None`` while it is not.

    A weekend counts as quiet: with a Saturday or Sunday between the last entry and now, the longer limit holds.
    """
    quiet = now - last_entry_at
    days = range((now.date() - last_entry_at.date()).days + 1)
    weekend = any((last_entry_at + timedelta(days=n)).weekday() >= 5 for n in days)
    limit = max(silence.weekend, silence.working_hours) if weekend else silence.working_hours
    return quiet if quiet > limit else None


def health(runtime: Runtime, now: datetime, names: list[str]) -> list[FeedHealth]:
    """One line a feed, from what the ledger holds."""
    polls = runtime.ledger.last_polls()
    entries = runtime.ledger.last_entry_at()
    return [
        _line(runtime.feed(name), polls[name].at if name in polls else None, _problem(polls.get(name)), entries, now)
        for name in names
    ]


def _problem(poll: object) -> Problem | None:
    """The failure of the last poll, or of a part of it."""
    if poll is None:
        return None
    failed: Problem | None = getattr(poll, "problem", None)
    partly: tuple[Problem, ...] = getattr(poll, "problems", ())
    return failed or (partly[0] if partly else None)


def _line(
    feed: Feed, polled_at: datetime | None, problem: Problem | None, entries: dict[str, datetime], now: datetime
) -> FeedHealth:
    last = entries.get(feed.name)
    if problem is None and polled_at is None:
        problem = Problem(stage="poll", kind="never_polled", detail="has not been read yet; start its DAG")
    if problem is None and last is not None:
        quiet = silent_for(feed.silent_after, last, now)
        if quiet:
            detail = f"has brought nothing new for {quiet.total_seconds() / 3600:.0f} hours; look at the source"
            problem = Problem(stage="poll", kind="silent", detail=detail)
    return FeedHealth(
        feed=feed.name,
        title=feed.title,
        fresh=problem is None,
        last_polled_at=polled_at,
        last_entry_at=last,
        problem=problem,
    )
