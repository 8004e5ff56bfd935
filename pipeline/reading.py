"""Fetch and extract: from an entry to its page, and from the page to its text."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import extractors
from articles import adapters
from articles.errors import DefectorwatchError, NotAnArticle, Refused, SourceFault, Unreachable, Unreadable
from articles.model import Article, Page, Stage, State, Status, Text
from articles.ports import Tally
from ledger.store import Move
from pipeline.problems import problem_of
from pipeline.runtime import Runtime

#: The longest wait before a page is tried again.
_LONGEST_WAIT = timedelta(hours=6)
_FIRST_WAIT_S = 300.0  # then four times as long each time: 5, 20, 80 minutes

#: The same wording this long after is a repeated notice, not a copy: sitting lists recur every week.
_COPY_WITHIN = timedelta(days=3)
_FEWEST_WORDS_OF_A_COPY = 20


def fetch(at: Runtime, claimed: list[Article]) -> Tally:
    """One batch of claimed articles: pages into the archive, references into the ledger."""
    pages = asyncio.run(_pages(at, [article.entry.address for article in claimed]))
    at.archive.sync()
    tally = Tally()
    moves: list[Move] = []
    for article, page in zip(claimed, pages, strict=True):
        if isinstance(page, Page):
            moves.append(Move(article=article.with_(page=page, problem=None), state=State.FETCHED, due=Stage.EXTRACT))
            tally += Tally(read=1, written=1)
        else:
            tally += _missed(at, article, page)
    at.ledger.advance_all(moves, worker=at.worker, now=at.now())
    return tally


async def _pages(at: Runtime, addresses: Sequence[str]) -> list[Page | DefectorwatchError]:
    from pipeline.fetch import Client

    async with Client(at.settings, at.archive, at.now) as client:
        return await client.pages(addresses)


def _missed(at: Runtime, article: Article, error: DefectorwatchError) -> Tally:
    """Tried again later, or quarantined: by what the error says and how often it was tried."""
    attempts = article.trace.attempts if article.trace else 0
    problem = problem_of(error, "fetch")
    passing = isinstance(error, Unreachable | SourceFault) or (isinstance(error, Refused) and error.status == 429)
    if passing and attempts + 1 < at.settings.attempts:
        wait = timedelta(seconds=max(_FIRST_WAIT_S * 4**attempts, getattr(error, "retry_after_s", None) or 0))
        again = at.now() + min(wait, _LONGEST_WAIT)
        at.ledger.retry(article, problem, at=again, worker=at.worker, now=at.now())
        return Tally(read=1, skipped=1)
    at.ledger.quarantine(article, problem, worker=at.worker, now=at.now())
    return Tally(read=1, quarantined=1)


def extract(at: Runtime, claimed: list[Article]) -> Tally:
    """One batch of claimed articles: pages into texts, copies told from originals, in one transaction."""
    tally = Tally()
    moves: list[Move] = []
    first_here: dict[str, Article] = {}  # by fingerprint: the ledger does not know this batch yet
    for article in claimed:
        try:
            done = article.with_(text=text_of(at, article), problem=None)
        except DefectorwatchError as error:
            at.ledger.quarantine(article, problem_of(error, "extract"), worker=at.worker, now=at.now())
            tally += Tally(read=1, quarantined=1)
            continue
        move = _move(at, done, first_here)
        moves.append(move)
        tally += Tally(read=1, skipped=1) if move.duplicate_of else Tally(read=1, written=1)
    at.ledger.advance_all(moves, worker=at.worker, now=at.now())
    return tally


def _move(at: Runtime, done: Article, first_here: dict[str, Article]) -> Move:
    """On to the classifier, or to rest as a copy of an earlier article."""
    text = done.text
    assert text is not None
    original = _original(at, done, first_here)
    if original is None:
        first_here.setdefault(text.fingerprint, done)
        return Move(article=done, state=State.EXTRACTED, due=Stage.CLASSIFY)
    if original.trace and original.trace.state is State.INDEXED:
        at.ledger.make_due(original.id, Stage.INDEX, now=at.now())  # its hit names where else it stood
    return Move(article=done, state=State.DUPLICATE, due=None, duplicate_of=original.id)


def text_of(at: Runtime, article: Article) -> Text:
    """The article's text by its entry's extractor; a withdrawn one keeps the wording that is withdrawn."""
    if article.entry.status is Status.WITHDRAWN:
        before = at.ledger.previous(article)
        if before is not None:
            kept = before.text or text_of(at, before)
            return replace(kept, notes=(*kept.notes, f"withdrawn: {article.entry.title or article.entry.summary}"))
    module = adapters.load(extractors, article.entry.extractor)
    text: Text = module.extract(page_of(at, article))
    if not text.body.strip():
        raise NotAnArticle("has no text in it; open it by hand", subject=article.entry.address or article.entry.guid)
    return replace(text, language=text.language or article.entry.language, title=text.title or article.entry.title)


def page_of(at: Runtime, article: Article) -> Page:
    """The page as it was fetched, or one made of the text that the source sent along."""
    entry = article.entry
    if entry.body_html:
        body = entry.body_html.encode()
        return Page(url=entry.url, media_type="text/html", body=body, charset="utf-8", fetched_at=at.now())
    if article.page is None:
        raise Unreadable("was never fetched; put it back with `defectorwatch retry`", subject=entry.url or entry.guid)
    return replace(article.page, body=at.archive.body(article.page.archive_ref))


def _original(at: Runtime, article: Article, first_here: dict[str, Article]) -> Article | None:
    """The earlier article with the same wording, where this one is a copy of it."""
    text = article.text
    assert text is not None
    first_version = article.entry.version == 1 and article.entry.status is Status.NEW
    if not first_version or len(text.body.split()) < _FEWEST_WORDS_OF_A_COPY:
        return None
    found = at.ledger.earliest_with_fingerprint(text.fingerprint, before=article) or first_here.get(text.fingerprint)
    if found is None or found.trace is None or article.trace is None:
        return None
    near = article.trace.first_seen_at - found.trace.first_seen_at <= _COPY_WITHIN
    return found if near else None
