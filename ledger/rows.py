"""Between a row and an article, in both directions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row as SqlRow
from sqlalchemy import Select, select

from articles.identity import article_id, canonical_url
from articles.model import (
    Article,
    Entry,
    Page,
    Problem,
    Stage,
    State,
    Text,
    Trace,
    entry_from,
    page_from,
    problem_from,
    section,
    text_from,
    verdict_from,
)
from ledger import intake
from ledger.schema import ADDRESS_LENGTH, articles, storable


def whole() -> Select[Any]:
    """Every column of articles."""
    return select(articles)


def article_of(row: SqlRow[Any]) -> Article:
    """The article with all that is on file of it; ``page.body`` is empty, it lies in the archive."""
    return Article(
        entry=entry_from(row.entry),
        page=page_from(row.page) if row.page else None,
        text=text_from(row.text) if row.text else None,
        verdicts=tuple(verdict_from(plain) for plain in row.verdicts or ()),
        problem=problem_from(row.problem) if row.problem else None,
        trace=Trace(
            state=State(row.state),
            first_seen_at=row.first_seen_at,
            seen_at=row.seen_at,
            updated_at=row.updated_at,
            indexed_at=row.indexed_at,
            duplicate_of=row.duplicate_of or "",
            thread=row.thread,
            attempts=row.attempts,
            retry_at=row.retry_at,
        ),
    )


def articles_of(found: Iterable[SqlRow[Any]]) -> list[Article]:
    return [article_of(row) for row in found]


def new_row(feed: str, root: str, row: intake.Row, *, now: datetime) -> dict[str, Any]:
    """The columns of a version that is filed for the first time, but for what it takes over from its predecessor."""
    assert row.entry is not None
    return {
        "article_id": article_id(feed, root),
        "feed": feed,
        "guid": root,
        "own_id": article_id(feed, row.own_guid),
        "own_guid": row.own_guid,
        "version": row.version,
        "claimed_version": row.claimed_version,
        "wording": row.wording,
        "latest": row.latest,
        "late": row.late,
        "status": row.entry.status.value,
        "entry": section(_filed_entry(row.entry, root, row.version)),
        "source_form": row.source_form,
        "state": row.state.value,
        "due": row.due.value if row.due else None,
        **problem_columns(row.problem),
        "url": address(row.entry.url),
        "first_seen_at": row.first_seen_at,
        "seen_at": now,
        "updated_at": now,
    }


def _filed_entry(entry: Entry, root: str, version: int) -> Entry:
    """Under the root's guid and the ledger's version; the entry's own guid goes into the note."""
    if entry.guid == root:
        return replace(entry, version=version)
    note = f"listed as {entry.guid}" + (f", in place of {entry.replaces}" if entry.replaces else "")
    return replace(entry, guid=root, version=version, note=f"{entry.note}; {note}" if entry.note else note)


def section_columns(article: Article) -> dict[str, Any]:
    """What the stages have written, and what is looked up by it."""
    page, text = article.page, article.text
    return {
        "page": section(page) if page else None,
        "text": section(text) if text else None,
        "verdicts": [section(verdict) for verdict in article.verdicts] or None,
        "judged_by": article.verdicts[-1].classifier if article.verdicts else None,
        "fingerprint": (text.fingerprint or None) if text else None,
        "page_url": _page_address(page, text),
    }


def problem_columns(problem: Problem | None) -> dict[str, Any]:
    return {"problem": section(problem) if problem else None, "problem_kind": problem.kind if problem else None}


def _page_address(page: Page | None, text: Text | None) -> str | None:
    """What the page says of its own address, else where it was found."""
    return address((text.canonical_url if text else "") or (page.url if page else ""))


def address(url: str) -> str | None:
    """An address as it is stored and compared; ``None`` where there is none."""
    if not url.strip():
        return None
    try:
        found = canonical_url(url)
    except ValueError:  # a port or a host that is none: compared as it is written
        found = url.strip()
    return storable(found)[:ADDRESS_LENGTH]


def state_before(stage: Stage, *, fetched: bool) -> State:
    """The state of an article on which ``stage`` is due."""
    if stage is Stage.EXTRACT:
        return State.FETCHED if fetched else State.POLLED
    return {Stage.FETCH: State.POLLED, Stage.CLASSIFY: State.EXTRACTED, Stage.INDEX: State.CLASSIFIED}[stage]
