"""A ledger on each of the two databases, and a desk at which a test works with it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from articles.model import Article, Decision, Entry, Page, Problem, Span, Stage, State, Text, Verdict
from articles.ports import Cursor, Polled, PollTally, Rejected
from ledger.store import Ledger
from stack.postgres import Cluster


class PrivatePostgres:
    """A server of its own: own folder, free port, loopback, gone at the end."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="ledger-postgres-"))
        self._cluster = Cluster(self._folder, durable=False)
        self._count = 0

    def up(self) -> None:
        self._cluster.up()
        made = Ledger(self.fresh("migrated"))
        made.migrate()
        made.close()  # a template must have no visitors

    def down(self) -> None:
        self._cluster.down()
        shutil.rmtree(self._folder)

    def url(self, name: str) -> str:
        return self._cluster.url(name)

    def fresh(self, name: str = "", *, template: str = "template0") -> str:
        """The URL of a new database."""
        self._count += 1
        return self._cluster.make(name or f"test{self._count}", template=template)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PrivatePostgres]:
    server = PrivatePostgres()
    server.up()
    yield server
    server.down()


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def empty_url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without tables."""
    if kind == "sqlite":
        return f"sqlite:///{tmp_path}/ledger.sqlite"
    return str(request.getfixturevalue("postgres").fresh())


@pytest.fixture
def url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with the tables of today."""
    if kind == "postgresql":
        return str(request.getfixturevalue("postgres").fresh(template="migrated"))
    found = f"sqlite:///{tmp_path}/ledger.sqlite"
    made = Ledger(found)
    made.migrate()
    made.close()
    return found


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    opened = Ledger(url)
    yield opened
    opened.close()


@dataclass
class Desk:
    """One feed, one worker and a clock, so that a test says only what it is about."""

    ledger: Ledger
    feed: str = "wire"
    worker: str = "anna"
    now: datetime = datetime(2026, 11, 20, 5, 45, tzinfo=UTC)
    tick: timedelta = timedelta(seconds=1)
    said: dict[str, str] = field(default_factory=dict)

    def wait(self, **span: float) -> None:
        self.now += timedelta(**span)

    def entry(self, guid: str, title: str = "A title", **more: Any) -> Entry:
        given = {"url": f"https://example.org/{guid}", **more}
        return Entry(**{"feed": self.feed, "guid": guid, "title": title, **given})

    def poll(self, *listed: Entry | Rejected, **more: Any) -> PollTally:
        """Polls a list; the clock ticks."""
        self.now += self.tick
        entries = tuple(one for one in listed if isinstance(one, Entry))
        rejected = tuple(one for one in listed if isinstance(one, Rejected))
        polled = Polled(entries=entries, rejected=rejected, cursor=Cursor(), **more)
        return self.ledger.record_poll(self.feed, polled, {}, now=self.now)

    def latest(self, guid: str) -> Article:
        found = self.ledger.get(self.entry(guid).id)
        assert found is not None
        return found

    def state(self, guid: str) -> State:
        trace = self.latest(guid).trace
        assert trace is not None
        return trace.state

    def claim(self, stage: Stage, **more: Any) -> list[Article]:
        return self.ledger.claim(stage, **{"worker": self.worker, "now": self.now, **more})

    def text(self, body: str = "A minister said a word.") -> Text:
        return Text(title="A title", body=body, language="en", extractor="web/1")

    def verdict(self, score: float = 0.9) -> Verdict:
        decision = Decision.ON_TOPIC if score > 0.5 else Decision.OFF_TOPIC
        return Verdict(
            topic="t", score=score, decision=decision, classifier="lexicon/1", evidence=(Span(start=0, end=4),)
        )

    def page(self, guid: str = "x") -> Page:
        return Page(
            url=f"https://example.org/page/{guid}",
            media_type="text/html",
            body=b"<p>Hej</p>",
            fetched_at=self.now,
            archive_ref="a.warc.gz#17",
        )

    def step(self, stage: Stage, work: Callable[[Article], tuple[Article, State, Stage | None]]) -> int:
        """One stage's work on all that is due."""
        self.now += self.tick
        claimed = self.claim(stage, limit=1000)
        for article in claimed:
            done, state, due = work(article)
            assert self.ledger.advance(done, state, due, worker=self.worker, now=self.now)
        return len(claimed)

    def fetch(self) -> int:
        return self.step(Stage.FETCH, lambda a: (a.with_(page=self.page(a.entry.guid)), State.FETCHED, Stage.EXTRACT))

    def extract(self) -> int:
        body = lambda a: self.said.get(a.entry.guid, f"The words of {a.entry.guid}.")  # noqa: E731
        return self.step(Stage.EXTRACT, lambda a: (a.with_(text=self.text(body(a))), State.EXTRACTED, Stage.CLASSIFY))

    def classify(self) -> int:
        return self.step(Stage.CLASSIFY, lambda a: (a.with_(verdicts=(self.verdict(),)), State.CLASSIFIED, Stage.INDEX))

    def index(self) -> int:
        return self.step(Stage.INDEX, lambda a: (a, State.INDEXED, None))

    def all_through(self) -> None:
        """Every article that is due becomes a hit."""
        for work in (self.fetch, self.extract, self.classify, self.index):
            work()

    def rejected(self, guid: str, raw: str = "<broken", detail: str = "has no title; look at it") -> Rejected:
        return Rejected(guid=guid, raw=raw, problem=Problem(stage="poll", kind="malformed", detail=detail))


@pytest.fixture
def desk(ledger: Ledger) -> Desk:
    return Desk(ledger)
