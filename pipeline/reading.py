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
    read: list[Article] = []
    for article in claimed:
        try:
            read.append(article.with_(text=text_of(at, article), problem=None))
        except DefectorwatchError as error:
            at.ledger.quarantine(article, problem_of(error, "extract"), worker=at.worker, now=at.now())
    copies = _copies(at, read)
    moves = [_move(at, article, copies.get(article.id)) for article in read]
    at.ledger.advance_all(moves, worker=at.worker, now=at.now())
    return Tally(
        read=len(claimed), written=len(read) - len(copies), skipped=len(copies), quarantined=len(claimed) - len(read)
    )


def _move(at: Runtime, done: Article, original: Article | None) -> Move:
    """On to the classifier, or to rest as a copy of an earlier article."""
    if original is None:
        return Move(article=done, state=State.EXTRACTED, due=Stage.CLASSIFY)
    if original.trace and original.trace.state is State.INDEXED:
        at.ledger.make_due(original.id, Stage.INDEX, now=at.now())  # its hit names where else it stood
    return Move(article=done, state=State.DUPLICATE, due=None, duplicate_of=original.id)


def _copies(at: Runtime, read: Sequence[Article]) -> dict[str, Article]:
    """Article id -> its original, for each that only repeats an earlier one's wording, on file or in this batch."""
    may_be = [article for article in read if _may_be_a_copy(article)]
    asked = {article.id for article in may_be}
    on_file = at.ledger.originals(may_be)
    copies: dict[str, Article] = {}
    first_here: dict[str, Article] = {}  # by fingerprint: the ledger does not know this batch yet
    for article in read:
        wording = article.text.fingerprint if article.text else ""
        original = (on_file.get(article.id) or first_here.get(wording)) if article.id in asked else None
        if original is not None and _near(article, original):
            copies[article.id] = original
        else:
            first_here.setdefault(wording, article)
    return copies


def _may_be_a_copy(article: Article) -> bool:
    words = len(article.text.body.split()) if article.text else 0
    first_version = article.entry.version == 1 and article.entry.status is Status.NEW
    return first_version and words >= _FEWEST_WORDS_OF_A_COPY


def _near(article: Article, original: Article) -> bool:
    if original.trace is None or article.trace is None:
        return False
    return article.trace.first_seen_at - original.trace.first_seen_at <= _COPY_WITHIN


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
