"""One person's mail for one day, from what was found for them. Pure: the same input gives the same mail."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from articles.model import Status
from articles.ports import Digest, FeedHealth, Hit, Recipient
from digests import _show
from digests._arrange import Sections, arrange
from digests._words import LANGUAGES, Words

#: The digest's hour, local. The window of a day ends there.
HOUR = time(7)


def window(day: date, timezone: str = "Europe/Copenhagen") -> tuple[datetime, datetime]:
    """What the digest of ``day`` covers: ``[since, until)`` in UTC, from 07:00 local the day before to 07:00.

    24 hours long; 23 where the clock goes forward between them, 25 where it goes back.
    """
    zone = ZoneInfo(timezone)
    since, until = (datetime.combine(on, HOUR, zone).astimezone(UTC) for on in (day - timedelta(days=1), day))
    return since, until


def compose(
    recipient: Recipient,
    day: date,
    window: tuple[datetime, datetime],
    matches: Sequence[tuple[Hit, Sequence[str]]],
    health: Sequence[FeedHealth],
    portal_url: str,
    *,
    sender: str,
    sent_before: Set[str] = frozenset(),
    timezone: str = "Europe/Copenhagen",
) -> Digest:
    """The mail, also where nothing was found: then it says so, and what could not be seen.

    ``matches``: each hit with the titles of the searches that found it; ``window`` is ``[since, until)``;
    ``sent_before`` holds the ids of the hits that this person has had. ``Digest.items`` are the hits that the mail
    names; what a cap left out is told of with its number and a link, and is not among them.
    """
    words = LANGUAGES.get(recipient.language, LANGUAGES["en"])
    sections = arrange(matches, sent_before)
    look = _show.Look(
        words=words,
        zone=ZoneInfo(timezone),
        since=window[0],
        until=window[1],
        day=day,
        portal_url=portal_url.rstrip("/"),
        sources={line.feed: line.title for line in health},
        sent_before=sent_before,
        queries=tuple(recipient.queries.values()),
        reasons_shown=len(recipient.queries) > 1,
    )
    counts = _Counts.of(sections, health)
    mail = _show.mail(look, sections, health, headline=counts.line(words), address=recipient.address, sender=sender)
    return Digest(
        recipient=recipient,
        day=day,
        since=window[0],
        until=window[1],
        message_id=message_id(recipient.address, day, sender),
        subject=f"{words.title} {words.day(day)}: {counts.line(words)}",
        text=mail.text,
        html=mail.html,
        items=mail.items,
    )


def message_id(address: str, day: date, sender: str) -> str:
    """The same for the same person and day, however often it is composed; it does not show the address."""
    digest = hashlib.sha256(f"{address.lower()}\x1f{day.isoformat()}".encode()).hexdigest()[:24]
    return f"<digest.{day:%Y%m%d}.{digest}@{sender.rpartition('@')[2] or 'localhost'}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counts:
    """What the subject says."""

    threads: int
    corrections: int
    withdrawn: int
    doubtful: int
    unseen: int

    @classmethod
    def of(cls, sections: Sections, health: Sequence[FeedHealth]) -> _Counts:
        mended = [match.hit for thread in sections.corrections for match in thread.matches if match.mended]
        withdrawn = sum(hit.status is Status.WITHDRAWN for hit in mended)
        return cls(
            threads=len(sections.threads),
            corrections=len(mended) - withdrawn,
            withdrawn=withdrawn,
            doubtful=len(sections.doubtful),
            unseen=sum(not line.fresh for line in health),
        )

    def line(self, words: Words) -> str:
        """ "14 sager, 2 rettelser"; what is missing is said where nothing was found."""
        parts = [
            words.number(count, pair)
            for count, pair in (
                (self.threads, words.threads),
                (self.corrections, words.corrections),
                (self.withdrawn, words.withdrawn),
            )
            if count
        ]
        if self.doubtful and not self.threads:
            parts = [*(parts or [words.no_threads]), words.number(self.doubtful, words.doubtful)]
        if parts:
            return ", ".join(parts)
        return f"{words.nothing}, {words.number(self.unseen, words.unseen)}" if self.unseen else words.nothing
