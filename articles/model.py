"""The one record, and the sections that the stages write.

An :class:`Article` is frozen. Each section is written once, by one stage, and never changed: a stage returns a new
article. One JSON line (:func:`to_json`, :func:`from_json`) is its serial form; page bytes are not part of it, they
lie in the archive under ``page.archive_ref``.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from articles import identity


class Status(StrEnum):
    """What the publisher says this version is."""

    NEW = "new"
    CORRECTION = "correction"
    WITHDRAWN = "withdrawn"


class Licence(StrEnum):
    """What may be stored, shown and mailed. The terms stand in :data:`TERMS`."""

    OPEN = "open"  # free reuse with credit: Folketinget, European Parliament (CC BY 4.0)
    PRESS_RELEASE = "press_release"  # sent out to be published
    SUBSCRIBER = "subscriber"  # the newswire: inside the contract only
    HEADLINE = "headline"  # a publisher's own page: headline, link and short quotation


@dataclass(frozen=True, slots=True)
class Terms:
    """``show``: ``full`` text, or ``quote`` (title, evidence sentences, link). ``keep_days``: ``None`` is for ever."""

    show: str
    keep_days: int | None


TERMS: Mapping[Licence, Terms] = {
    Licence.OPEN: Terms("full", None),
    Licence.PRESS_RELEASE: Terms("full", None),
    Licence.SUBSCRIBER: Terms("full", 730),
    Licence.HEADLINE: Terms("quote", 90),
}


class Decision(StrEnum):
    """What a classifier says of a text."""

    ON_TOPIC = "on_topic"
    DOUBTFUL = "doubtful"
    OFF_TOPIC = "off_topic"


class State(StrEnum):
    """Where an article stands in the ledger. Every article is in exactly one."""

    POLLED = "polled"
    FETCHED = "fetched"
    EXTRACTED = "extracted"
    CLASSIFIED = "classified"  # the end of an article that is off topic
    INDEXED = "indexed"  # the end of a hit
    DUPLICATE = "duplicate"  # the same wording as ``trace.duplicate_of``
    QUARANTINED = "quarantined"  # could not be handled; ``problem`` says why
    SUPERSEDED = "superseded"  # a later version of the same article took its place


class Stage(StrEnum):
    """What is due next on an article; the ledger hands out work by it."""

    FETCH = "fetch"
    EXTRACT = "extract"
    CLASSIFY = "classify"
    INDEX = "index"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What went wrong with one article. ``stage`` is the verb that failed, ``kind`` an error's ``kind``."""

    stage: str
    kind: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a source's list said of one item. Strings are ``""`` where the source is silent."""

    feed: str  # the feed's name
    guid: str  # the publisher's own id, stable across versions
    url: str  # where a reader finds it; "" for a wire item
    title: str
    version: int = 1
    replaces: str = ""  # the guid of the item that this one replaces
    status: Status = Status.NEW
    summary: str = ""  # plain text
    body_html: str = ""  # the full text where the source sends it along; then no page is fetched
    page_url: str = ""  # where the full text is fetched, if not at ``url``
    published_at: datetime | None = None  # aware UTC; None where unknown, never "now"
    published_raw: str = ""  # the source's own string
    language: str = ""  # ISO 639-1, as claimed by the source
    licence: Licence = Licence.HEADLINE
    extractor: str = "web"  # the module in extractors/ that reads its page
    publisher: str = ""  # the sender: a ministry, an outlet, a committee
    form: str = ""  # the source's own kind: Net, Flash, Print; question, bill, motion; speech
    keywords: tuple[str, ...] = ()
    receipt: str = ""  # what a queue wants back as acknowledgement
    note: str = ""  # what the adapter wants an operator to know of this entry

    @property
    def id(self) -> str:
        """Stable across versions; the index's document id."""
        return identity.article_id(self.feed, self.guid)

    @property
    def address(self) -> str:
        """Where the page is fetched; ``""`` where nothing is to be fetched."""
        return "" if self.body_html else (self.page_url or self.url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What the server sent. ``body`` is decompressed; ``b""`` in an article read back from the ledger."""

    url: str  # final, after redirects
    media_type: str  # lower case, without parameters
    body: bytes
    fetched_at: datetime
    charset: str = ""  # as claimed by the header
    archive_ref: str = ""  # "<file>#<offset>" in the archive


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What a reader would read. ``body``: NFC, paragraphs separated by one blank line."""

    title: str
    body: str
    language: str  # ISO 639-1 as detected; "" where it could not be told
    extractor: str  # with version, e.g. "web/1"
    byline: str = ""
    published_at: datetime | None = None  # from the page itself
    published_guessed: bool = False  # the date was inferred, not stated
    canonical_url: str = ""
    partial: bool = False  # a paywall or a cut text
    notes: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Equal for equal wording whatever the sign-off, case, punctuation and white space."""
        return identity.fingerprint(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of ``text.body``: ``body[start:end]``, counted in characters."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One classifier's word on one text. ``score`` is a probability in [0, 1]."""

    topic: str
    score: float
    decision: Decision
    classifier: str  # name and version, e.g. "transformer/3f9c2a1b"
    evidence: tuple[Span, ...] = ()  # whole sentences, in reading order
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    grounds: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)  # "facet/value": the sentences it rests on
    classified_at: datetime | None = None  # stamped by the step


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What the ledger adds: when it was seen and where it stands."""

    state: State
    first_seen_at: datetime
    updated_at: datetime
    seen_at: datetime | None = None  # when this version was first seen; the article itself at ``first_seen_at``
    indexed_at: datetime | None = None
    duplicate_of: str = ""  # an article id
    thread: str = ""  # the article id of the first hit that tells the same story
    attempts: int = 0
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """The record: a section per stage, ``None`` until its stage has run."""

    entry: Entry
    page: Page | None = None
    text: Text | None = None
    verdicts: tuple[Verdict, ...] = ()
    problem: Problem | None = None
    trace: Trace | None = None

    @property
    def id(self) -> str:
        return self.entry.id

    @property
    def title(self) -> str:
        """The page's title, else the list's, else the first words of the text."""
        text = self.text
        return (text.title if text else "") or self.entry.title or (text.body[:100] if text else "") or self.entry.guid

    @property
    def canonical_url(self) -> str:
        url = (self.text.canonical_url if self.text else "") or self.entry.url
        return identity.canonical_url(url) if url else ""

    @property
    def published_at(self) -> datetime | None:
        return self.entry.published_at or (self.text.published_at if self.text else None)

    @property
    def verdict(self) -> Verdict | None:
        """The verdict that decides: the last one written."""
        return self.verdicts[-1] if self.verdicts else None

    @property
    def on_topic(self) -> bool:
        """Whether it belongs in the index: on topic or doubtful."""
        return self.verdict is not None and self.verdict.decision is not Decision.OFF_TOPIC

    def with_(self, **sections: Any) -> Self:
        """A new article with these sections; the old one is unchanged."""
        return dataclasses.replace(self, **sections)


def to_json(article: Article) -> str:
    """One line; instants as ISO 8601 UTC; page bytes left out; empty sections left out."""
    return json.dumps(_plain(article), ensure_ascii=False, sort_keys=True)


def from_json(line: str) -> Article:
    """The inverse of :func:`to_json`. Raises ``ValueError`` or ``KeyError`` on anything else."""
    found = json.loads(line)
    return Article(
        entry=entry_from(found["entry"]),
        page=page_from(found["page"]) if found.get("page") else None,
        text=text_from(found["text"]) if found.get("text") else None,
        verdicts=tuple(verdict_from(verdict) for verdict in found.get("verdicts", ())),
        problem=problem_from(found["problem"]) if found.get("problem") else None,
        trace=_trace_from(found["trace"]) if found.get("trace") else None,
    )


def section(value: Any) -> dict[str, Any]:
    """One section as plain JSON values, for a column of the ledger."""
    plain = _plain(value)
    assert isinstance(plain, dict)
    return plain


def entry_from(plain: Mapping[str, Any]) -> Entry:
    return Entry(**{
        **_left_out(Entry),
        **plain,
        "status": Status(plain.get("status", Status.NEW)),
        "licence": Licence(plain.get("licence", Licence.HEADLINE)),
        "published_at": _instant(plain.get("published_at")),
        "keywords": tuple(plain.get("keywords", ())),
    })


def page_from(plain: Mapping[str, Any]) -> Page:
    fetched_at = datetime.fromisoformat(plain["fetched_at"])
    return Page(**{**_left_out(Page), **plain, "body": b"", "fetched_at": fetched_at})


def text_from(plain: Mapping[str, Any]) -> Text:
    changes = {"published_at": _instant(plain.get("published_at")), "notes": tuple(plain.get("notes", ()))}
    return Text(**{**_left_out(Text), **plain, **changes})


def verdict_from(plain: Mapping[str, Any]) -> Verdict:
    return Verdict(**{
        **_left_out(Verdict),
        **plain,
        "decision": Decision(plain["decision"]),
        "evidence": tuple(Span(**span) for span in plain.get("evidence", ())),
        "facets": {name: tuple(values) for name, values in plain.get("facets", {}).items()},
        "grounds": {name: tuple(Span(**s) for s in spans) for name, spans in plain.get("grounds", {}).items()},
        "classified_at": _instant(plain.get("classified_at")),
    })


def problem_from(plain: Mapping[str, Any]) -> Problem:
    return Problem(**{**_left_out(Problem), **plain})


def _trace_from(plain: Mapping[str, Any]) -> Trace:
    instants = ("first_seen_at", "updated_at", "seen_at", "indexed_at", "retry_at")
    return Trace(**{**plain, "state": State(plain["state"]), **{name: _instant(plain.get(name)) for name in instants}})


def _left_out(kind: type) -> dict[str, str]:
    """The required strings of a section: an empty one is not in its plain form."""
    return {f.name: "" for f in dataclasses.fields(kind) if f.type == "str" and f.default is dataclasses.MISSING}


def _instant(raw: str | None) -> datetime | None:
    return datetime.fromisoformat(raw) if raw else None


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        pairs = ((f.name, getattr(value, f.name)) for f in dataclasses.fields(value))
        return {name: _plain(v) for name, v in pairs if not isinstance(v, bytes) and v not in (None, "", (), {})}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: _plain(v) for name, v in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    return value
