"""Compose and send: one mail per person per day, filed in the ledger before it is handed to the mail server.

A digest covers what was *seen* in its window, whenever it was published. What reached the index too late for the
digest of its own day goes with the next one: the window is opened backwards by :data:`LATE`, and what a person has
had is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from articles.errors import MailError
from articles.model import Decision
from articles.ports import Digest, FeedHealth, Hit, Query, Recipient, Tally
from digests import compose as composing
from pipeline import workers
from pipeline.problems import problem_of
from pipeline.runtime import Runtime

#: How late an article may reach the index and still find its way into a digest.
LATE = timedelta(days=3)

_RETRY = timedelta(minutes=10)
_PAGE = 100  # hits asked for at once


def compose(at: Runtime, day: date) -> Tally:
    """Files one digest per recipient for ``day``; one that is filed already stays as it is."""
    since, until = composing.window(day, at.settings.timezone)
    health = at.health(min(until, at.now()))
    filed = 0
    for recipient in at.recipients:
        filed += at.ledger.file_digest(_digest(at, recipient, day, (since, until), health), now=at.now())
    return Tally(read=len(at.recipients), written=filed, skipped=len(at.recipients) - filed)


def _digest(
    at: Runtime, recipient: Recipient, day: date, window: tuple[datetime, datetime], health: Sequence[FeedHealth]
) -> Digest:
    had = at.ledger.sent_items(recipient.address)
    digest: Digest = composing.compose(
        recipient,
        day,
        window,
        _matches(at, recipient, window, had),
        health,
        at.settings.portal_url,
        sender=at.settings.mail_from,
        sent_before=had,
    )
    return digest


def _matches(
    at: Runtime, recipient: Recipient, window: tuple[datetime, datetime], had: set[str]
) -> list[tuple[Hit, list[str]]]:
    """Each hit once, with the titles of the recipient's searches that found it; newest first."""
    since, until = window
    earliest = since - LATE if had else since  # a first digest brings no old news
    reasons: dict[str, tuple[Hit, list[str]]] = {}
    for title, text in (recipient.queries or {"": ""}).items():
        for hit in _found(at, text, earliest, until):
            if hit.id not in had or hit.first_seen_at >= since:
                reasons.setdefault(hit.id, (hit, []))[1].append(title)
    return sorted(reasons.values(), key=lambda pair: pair[0].published_at or pair[0].first_seen_at, reverse=True)


def _found(at: Runtime, text: str, since: datetime, until: datetime) -> list[Hit]:
    hits: list[Hit] = []
    while True:
        query = Query(
            text=text,
            decisions=(Decision.ON_TOPIC, Decision.DOUBTFUL),
            seen_since=since,
            seen_until=until,
            size=_PAGE,
            offset=len(hits),
        )
        page = at.index.search(query)
        hits += [found.hit for found in page.found]
        if not page.found or len(hits) >= page.total:
            return hits


def send(at: Runtime) -> Tally:
    """Sends what is filed. The server's word is in the ledger before the next mail is sent."""
    workers.release_dead(at)
    tally = Tally()
    while digests := at.ledger.claim_digests(worker=at.worker, now=at.now(), limit=1):
        for digest in digests:
            try:
                receipt = at.mailer.send(digest)
            except MailError as error:
                at.ledger.digest_failed(
                    digest.message_id, problem_of(error, "send"), at=at.now() + _RETRY, now=at.now()
                )
                tally += Tally(read=1, quarantined=1)
            else:
                at.ledger.digest_sent(digest.message_id, receipt, now=at.now())
                tally += Tally(read=1, written=1)
    return tally
