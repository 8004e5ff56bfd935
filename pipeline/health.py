"""How each feed stands: fresh, late, silent or broken. The digest says it, the portal shows it, operators act on it.

And whether all verdicts are by the classifier that judges now, which the digest does not say.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from articles.model import Problem
from articles.ports import Feed, FeedHealth, Silence

if TYPE_CHECKING:
    from pipeline.runtime import Runtime


#: A feed is late when it was not read so many times in a row: one missed time is a restart.
MISSED = 3

#: Names of other classifiers that are told.
NAMES = 3


def silent_for(silence: Silence, last_entry_at: datetime, now: datetime) -> timedelta | None:
    """How long the feed has been silent, where that is longer than it may be; ``None`` while it is not.

    A weekend counts as quiet: with a Saturday or Sunday between the last entry and now, the longer limit holds.
    """
    quiet = now - last_entry_at
    days = range((now.date() - last_entry_at.date()).days + 1)
    weekend = any((last_entry_at + timedelta(days=n)).weekday() >= 5 for n in days)
    limit = max(silence.weekend, silence.working_hours) if weekend else silence.working_hours
    return quiet if quiet > limit else None


def late_for(schedule: str, last_polled_at: datetime, now: datetime, zone: str) -> timedelta | None:
    """How long ago the feed was last read, where it should have been read :data:`MISSED` times since; else ``None``."""
    from croniter import croniter

    due = croniter(schedule, now.astimezone(ZoneInfo(zone)))
    for _ in range(MISSED):
        due_at: datetime = due.get_prev(datetime)
    return now - last_polled_at if last_polled_at < due_at else None


def health(runtime: Runtime, now: datetime, names: list[str]) -> list[FeedHealth]:
    """One line a feed, from what the ledger holds."""
    polls = runtime.ledger.last_polls()
    entries = runtime.ledger.last_entry_at()
    zone = runtime.settings.timezone
    return [
        _line(
            runtime.feed(name), polls[name].at if name in polls else None, _problem(polls.get(name)), entries, now, zone
        )
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
    feed: Feed,
    polled_at: datetime | None,
    problem: Problem | None,
    entries: dict[str, datetime],
    now: datetime,
    zone: str,
) -> FeedHealth:
    last = entries.get(feed.name)
    found = problem or _late(feed, polled_at, now, zone) or _silent(feed, last, now)
    return FeedHealth(
        feed=feed.name,
        title=feed.title,
        fresh=found is None,
        last_polled_at=polled_at,
        last_entry_at=last,
        problem=found,
    )


def _late(feed: Feed, polled_at: datetime | None, now: datetime, zone: str) -> Problem | None:
    if polled_at is None:
        return Problem(stage="poll", kind="never_polled", detail="has not been read yet; start its DAG")
    behind = late_for(feed.schedule, polled_at, now, zone)
    if behind is None:
        return None
    detail = f"was last read {_hours(behind)} ago and is due at `{feed.schedule}`; see that its DAG runs"
    return Problem(stage="poll", kind="late", detail=detail)


def _silent(feed: Feed, last: datetime | None, now: datetime) -> Problem | None:
    quiet = silent_for(feed.silent_after, last, now) if last else None
    if quiet is None:
        return None
    return Problem(
        stage="poll", kind="silent", detail=f"has brought nothing new for {_hours(quiet)}; look at the source"
    )


def _hours(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return f"{hours:.0f} hours" if hours >= 2 else f"{hours * 60:.0f} minutes"


def judging(runtime: Runtime) -> Problem | None:
    """That some verdicts on file are another classifier's than the one that judges now; ``None`` where none is.

    The classifier is loaded only where there is a verdict; its error is the caller's to tell.
    """
    judged = runtime.ledger.judged_by()
    if not judged:
        return None
    name = runtime.classifier.name
    own = {name, *name.split("+")[1:]}  # a verdict bears who gave it: of "adjudicator/…+lexicon/…" either
    others = {by: count for by, count in judged.items() if by not in own}
    return _others(others, name) if others else None


def _others(judged: dict[str, int], name: str) -> Problem:
    count, most = sum(judged.values()), sorted(judged, key=lambda by: (-judged[by], by))
    told = ", ".join(most[:NAMES]) + (f" and {len(most) - NAMES} more" if len(most) > NAMES else "")
    articles = "1 article was" if count == 1 else f"{count:,} articles were"
    detail = f"{articles} judged by another classifier ({told}) than {name}; run `defectorwatch reclassify`"
    return Problem(stage="classify", kind="another_classifier", detail=detail)
