"""A portal over an index that is a list and a ledger that is real."""

from __future__ import annotations

import dataclasses
import re
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from lxml import html as markup
from starlette.testclient import TestClient

from articles.model import Article, Decision, Entry, Page, Span, Stage, State, Text, Verdict
from articles.ports import Cursor, Feed, Found, Hit, Marked, Polled, Query, Results, Tally
from ledger.store import Move
from pipeline.hit import hit_of
from pipeline.runtime import Runtime
from pipeline.settings import Settings
from portal.app import create
from tests.sample import sample

SEEN_AT = datetime(2026, 11, 19, 12, 24, tzinfo=UTC)
PORTAL = "https://watch.example.org/asyl"

HIT = sample(SEEN_AT, title="Desertør får asyl i Danmark", form="release")


def hit(number: int = 1, **changes: Any) -> Hit:
    """A hit of its own id and thread."""
    own = f"{number:032x}"
    return dataclasses.replace(
        HIT, **{"id": own, "thread": own, "url": f"https://news.example.org/{number}", **changes}
    )


class FakeIndex:
    """A list of hits, searched by plain words."""

    def __init__(self) -> None:
        self.hits: dict[str, Hit] = {}
        self.asked: list[Query] = []
        self.failure: Exception | None = None
        self.gate = threading.Event()
        self.gate.set()
        self.closed = False

    def put(self, hits: Iterable[Hit]) -> Tally:
        before = len(self.hits)
        self.hits |= {hit.id: hit for hit in hits}
        return Tally(read=len(self.hits) - before, written=len(self.hits) - before)

    def remove(self, ids: Iterable[str]) -> None:
        for gone in ids:
            self.hits.pop(gone, None)

    def rebuild(self, hits: Iterable[Hit]) -> Tally:
        self.hits.clear()
        return self.put(hits)

    def close(self) -> None:
        self.closed = True

    def fails(self, error: Exception) -> None:
        self.failure = error

    def get(self, hit_id: str) -> Hit | None:
        self._answers()
        return self.hits.get(hit_id)

    def search(self, query: Query) -> Results:
        self._answers()
        self.asked.append(query)
        words = query.text.lower().split()
        found = [hit for hit in self.hits.values() if _matches(hit, query, words)]
        found.sort(key=lambda hit: (hit.published_at or hit.first_seen_at, hit.id), reverse=True)
        shown = found[query.offset : query.offset + query.size]
        return Results(
            total=len(found),
            found=tuple(_found(hit, words) for hit in shown),
            facets={name: Counter(getattr(hit, name) for hit in found) for name in ("feed", "language", "publisher")},
            days=Counter(_day(hit) for hit in found),
            took_ms=1.2,
        )

    def _answers(self) -> None:
        self.gate.wait(30)
        if self.failure:
            raise self.failure


def _matches(hit: Hit, query: Query, words: list[str]) -> bool:
    at = hit.published_at or hit.first_seen_at
    return all((
        hit.decision in query.decisions,
        not query.feeds or hit.feed in query.feeds,
        not query.languages or hit.language in query.languages,
        not query.publishers or hit.publisher in query.publishers,
        not query.thread or hit.thread == query.thread,
        query.since is None or at >= query.since,
        query.until is None or at < query.until,
        query.seen_since is None or hit.first_seen_at >= query.seen_since,
        query.seen_until is None or hit.first_seen_at < query.seen_until,
        all(word in f"{hit.title} {hit.body}".lower() for word in words),
    ))


def _found(hit: Hit, words: list[str]) -> Found:
    passage = next((p for p in hit.body.split("\n\n") if any(w in p.lower() for w in words)), hit.body.split("\n\n")[0])
    return Found(hit=hit, title=_marked(hit.title, words), passages=(_marked(passage, words),))


def _marked(text: str, words: list[str]) -> Marked:
    found = [match.span() for word in words for match in re.finditer(re.escape(word), text.lower())]
    return Marked(text=text, marks=tuple(sorted(found)))


def _day(hit: Hit) -> date:
    return (hit.published_at or hit.first_seen_at).astimezone(ZoneInfo("Europe/Copenhagen")).date()


def _never(*_: object) -> Any:
    raise AssertionError("the portal polls nothing")


class FakeClassifier:
    """Has a name, which is all that a page may ask."""

    name = "lexicon/1"

    def classify(self, _: object) -> Any:
        raise AssertionError("the portal judges nothing")


class FakeRuntime(Runtime):
    """Real settings, clock and ledger; an index that is a list, a classifier that is a name, and three feeds."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.index = FakeIndex()
        self.classifier = FakeClassifier()
        titles = {"via_ritzau": "Via Ritzau", "ritzau_wire": "Ritzaus newswire", "politiken": "Politiken"}
        self.feeds: Mapping[str, Feed] = {
            name: Feed(name=name, title=title, poll=_never, homepage=f"https://{name.replace('_', '-')}.example.org/")
            for name, title in titles.items()
        }
        self.feed_names = list(self.feeds)
        self.broken: set[str] = set()

    def breaks(self, feed: str) -> None:
        """From now on its module cannot be imported."""
        self.broken.add(feed)

    def feed(self, name: str) -> Feed:
        from articles.errors import UnknownName

        if name in self.broken:
            raise SyntaxError(name)
        if name not in self.feeds:
            raise UnknownName("is not a feed", subject=name)
        return self.feeds[name]


@pytest.fixture
def at(tmp_path: Path, now: datetime) -> Iterator[FakeRuntime]:
    runtime = FakeRuntime(Settings(var=tmp_path / "var", portal_url=PORTAL, now=now))
    listed = runtime.index
    yield runtime
    listed.gate.set()
    if "ledger" in vars(runtime):
        runtime.ledger.close()


@pytest.fixture
def index(at: FakeRuntime) -> FakeIndex:
    return at.index


@pytest.fixture
def browser(at: FakeRuntime) -> Iterator[TestClient]:
    """Follows no redirect, and sees failures as a browser would."""
    with TestClient(create(at), raise_server_exceptions=False, follow_redirects=False) as client:
        yield client


class Life:
    """An item on its way through a real ledger."""

    def __init__(self, at: FakeRuntime, now: datetime) -> None:
        self.at = at
        self.now = now

    def listed(self, guid: str = "g1", **more: Any) -> Article:
        given = {"url": f"https://news.example.org/{guid}", "title": f"Titel {guid}", **more}
        self.at.ledger.record_poll(
            "politiken",
            Polled(entries=(Entry(feed="politiken", guid=guid, **given),), cursor=Cursor()),
            {},
            now=self.now,
        )
        return self.claimed(Stage.FETCH)

    def claimed(self, stage: Stage) -> Article:
        (article,) = self.at.ledger.claim(stage, worker="anna", now=self.now)
        return article

    def moved(self, article: Article, state: State, due: Stage | None, **more: Any) -> Article:
        self.now += timedelta(minutes=1)
        self.at.ledger.advance_all([Move(article=article, state=state, due=due, **more)], worker="anna", now=self.now)
        return self.claimed(due) if due else article

    def judged(self, article: Article, decision: Decision, score: float) -> Article:
        fetched = article.with_(page=Page(url=article.entry.url, media_type="text/html", body=b"", fetched_at=self.now))
        read = self.moved(fetched, State.FETCHED, Stage.EXTRACT)
        text = Text(title=article.title, body="En soldat søger asyl.", language="da", extractor="web/1")
        read = self.moved(read.with_(text=text), State.EXTRACTED, Stage.CLASSIFY)
        verdict = Verdict(
            topic="t", score=score, decision=decision, classifier="lexicon/1", evidence=(Span(start=0, end=21),)
        )
        return read.with_(verdicts=(verdict,))

    def hit(self, guid: str = "g1", *, decision: Decision = Decision.ON_TOPIC, score: float = 0.9, **more: Any) -> Hit:
        """All the way into the index."""
        due = self.moved(self.judged(self.listed(guid, **more), decision, score), State.CLASSIFIED, Stage.INDEX)
        self.moved(due, State.INDEXED, None, thread=due.id)
        article = self.at.ledger.get(due.id)
        assert article is not None
        made = hit_of(article)
        self.at.index.put([made])
        return made


@pytest.fixture
def life(at: FakeRuntime, now: datetime) -> Life:
    return Life(at, now)


def page(browser: TestClient, address: str, status: int = 200) -> markup.HtmlElement:
    answer = browser.get(address)
    assert answer.status_code == status, answer.text
    return markup.fromstring(answer.text)


def words(element: markup.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def links(element: markup.HtmlElement, path: str = ".//a") -> dict[str, str]:
    return {words(link): link.get("href", "") for link in element.xpath(path)}
