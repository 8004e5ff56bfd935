"""The steps over a source that is told how to behave: what they count, what they put off, and when the gate is red."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from articles.errors import (
    ClassifierError,
    Malformed,
    SearchIndexError,
    SourceError,
    SourceFault,
    StepFailed,
    Unreachable,
)
from articles.model import Decision, Entry, Span, State, Status, Text, Verdict
from articles.ports import Cursor, Exchange, Feed, Hit, Occasion, Polled, Query, Request, Results, Tally
from pipeline import steps
from pipeline.runtime import Runtime
from pipeline.settings import Settings
from tests.pipeline.conftest import FakeSource

NOW = datetime(2026, 11, 19, 12, 0, tzinfo=UTC)


class FakeIndex:
    """Holds hits in a dictionary."""

    def __init__(self) -> None:
        self.held: dict[str, Hit] = {}

    def put(self, hits: Any) -> Tally:
        listed = {hit.id: hit for hit in hits}
        self.held |= listed
        return Tally(read=len(listed), written=len(listed))

    def remove(self, ids: Any) -> None:
        for one in ids:
            self.held.pop(one, None)

    def rebuild(self, hits: Any) -> Tally:
        self.held.clear()
        return self.put(hits)

    def search(self, query: Query) -> Results:
        return Results(total=len(self.held), found=(), facets={}, days={}, took_ms=0.0)

    def get(self, hit_id: str) -> Hit | None:
        return self.held.get(hit_id)

    def close(self) -> None:
        return


class FakeClassifier:
    """On topic is what says "asyl"; a text that says "brist" breaks it."""

    name = "fake/1"

    def classify(self, texts: Any) -> list[Verdict]:
        if any("brist" in text.body for text in texts):
            raise ClassifierError("gave no verdict")
        return [self._verdict(text) for text in texts]

    def _verdict(self, text: Text) -> Verdict:
        on = "asyl" in text.body
        decision = Decision.ON_TOPIC if on else Decision.OFF_TOPIC
        evidence = (Span(start=0, end=4),) if on else ()
        return Verdict(topic="t", score=float(on), decision=decision, classifier=self.name, evidence=evidence)


class Desk:
    """A runtime over one invented feed whose list a test sets."""

    def __init__(self, var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.source = FakeSource()
        self.at = Runtime(Settings(var=var, replay_url=self.source.url, now=NOW, timeout_s=2))
        self.index = FakeIndex()
        self.at.__dict__.update(index=self.index, classifier=FakeClassifier())
        self.listed: list[Entry] = []
        self.failure: SourceError | None = None
        self.acknowledged: list[str] = []
        self.refuses = False
        feed = Feed(name="f", title="F", poll=self._poll, acknowledge=self._acknowledge, schedule="*/10 * * * *")
        monkeypatch.setattr(self.at, "feed", lambda _name: feed, raising=False)

    def _poll(self, _cursor: Cursor, _occasion: Occasion) -> Exchange[Polled]:
        if self.failure:
            raise self.failure
        entries, self.listed = tuple(self.listed), []
        return Polled(entries=entries)
        yield Request(url="https://f.example/")  # makes it an exchange

    def _acknowledge(self, receipts: Any, _occasion: Occasion) -> Exchange[None]:
        if self.refuses:
            raise Unreachable("gave no answer", subject="https://f.example/ack")
        self.acknowledged += receipts
        return
        yield Request(url="https://f.example/")

    def lists(self, guid: str, words: str, **more: Any) -> None:
        more = {"url": f"https://f.example/{guid}", "body_html": f"<p>{words}</p>", **more}
        self.listed.append(Entry(feed="f", guid=guid, title=guid, **more))

    def run(self) -> dict[str, dict[str, int]]:
        names = ("poll", "fetch", "extract", "classify", "index")
        return {name: getattr(steps, name)("f", runtime=self.at) for name in names}

    def at_(self, moment: datetime) -> None:
        self.at.settings = self.at.settings.model_copy(update={"now": moment})

    def states(self) -> dict[State, int]:
        return self.at.ledger.states().get("f", {})


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    made = Desk(tmp_path, monkeypatch)
    yield made
    made.source.stop()
    made.at.close()


LONG = (
    "Ministeren svarer i dag på et spørgsmål om, hvem der kan få asyl i landet, og hvad der sker med de andre sager. "
)


def test_every_item_is_counted_at_every_step(desk: Desk) -> None:
    desk.lists("hit", "De fik asyl.")
    desk.lists("off", "Det regner i Hobro.")
    ran = desk.run()
    assert ran["poll"] == {"read": 2, "new": 2, "known": 0, "quarantined": 0}
    assert ran["extract"] == {"read": 2, "written": 2, "skipped": 0, "quarantined": 0}
    assert ran["index"] == {"read": 1, "written": 1, "skipped": 0, "quarantined": 0}
    assert desk.states() == {State.INDEXED: 1, State.CLASSIFIED: 1}
    assert [hit.evidence for hit in desk.index.held.values()] == [("De f",)]


def test_one_text_that_breaks_the_classifier_is_the_only_one_lost(desk: Desk) -> None:
    for guid, words in (("a", "De fik asyl."), ("b", "En brist."), ("c", "De søger asyl.")):
        desk.lists(guid, words)
    assert desk.run()["classify"] == {"read": 3, "written": 2, "skipped": 0, "quarantined": 1}
    assert desk.states() == {State.INDEXED: 2, State.QUARANTINED: 1}


def test_a_copy_is_not_judged_and_its_original_says_where_else_it_stood(desk: Desk) -> None:
    desk.lists("first", LONG)
    desk.run()
    desk.lists("again", LONG, publisher="Avisen", form="Print")
    desk.run()
    assert desk.states() == {State.INDEXED: 1, State.DUPLICATE: 1}
    steps.index("f", runtime=desk.at)
    assert [hit.also for hit in desk.index.held.values()] == [("Avisen (Print)",)]


def test_what_is_a_hit_no_longer_leaves_the_index(desk: Desk) -> None:
    desk.lists("a", "De fik asyl.")
    desk.run()
    assert len(desk.index.held) == 1
    desk.lists("a", "De fik afslag på et lån.", status=Status.CORRECTION)
    desk.run()
    assert desk.index.held == {}
    assert desk.states() == {State.CLASSIFIED: 1, State.SUPERSEDED: 1}


def test_a_withdrawn_hit_stays_and_says_so(desk: Desk) -> None:
    desk.lists("a", "De fik asyl.")
    desk.run()
    desk.lists("a", "", body_html="", status=Status.WITHDRAWN)
    desk.run()
    assert [(hit.status, hit.body) for hit in desk.index.held.values()] == [(Status.WITHDRAWN, "De fik asyl.")]


@pytest.mark.parametrize(
    ("status", "first", "last"),
    [(503, State.POLLED, State.QUARANTINED), (429, State.POLLED, State.QUARANTINED), (404, State.QUARANTINED, None)],
)
def test_a_page_that_may_come_is_tried_again_and_not_for_ever(
    desk: Desk, status: int, first: State, last: State | None
) -> None:
    desk.source.does("/f.example/a", lambda _: (status, {}, b""))
    desk.lists("a", "", body_html="")
    desk.run()
    assert desk.states() == {first: 1}
    tried = 1
    while desk.states() == {State.POLLED: 1} and tried < 10:
        steps.fetch("f", runtime=desk.at)  # too early: nothing is asked
        assert sum(path == "/f.example/a" for path, _ in desk.source.asked) == tried
        desk.at_(desk.at.now() + timedelta(hours=7))
        steps.fetch("f", runtime=desk.at)
        tried += 1
    assert desk.states() == {last or first: 1}
    assert tried == (desk.at.settings.attempts if last else 1)


def test_the_page_that_came_at_last_goes_on(desk: Desk) -> None:
    answers = iter([(503, {}, b""), (200, {"Content-Type": "text/html"}, f"<p>{LONG}</p>".encode())])
    desk.source.does("/f.example/a", lambda _: next(answers))
    desk.lists("a", "", body_html="")
    desk.run()
    desk.at_(NOW + timedelta(hours=1))
    desk.run()
    assert desk.states() == {State.INDEXED: 1}


def test_an_acknowledgement_that_fails_is_on_record_and_the_items_are_kept(desk: Desk) -> None:
    desk.refuses = True
    desk.lists("a", "De fik asyl.", receipt="7")
    with pytest.raises(Unreachable):
        steps.poll("f", runtime=desk.at)
    assert desk.states() == {State.POLLED: 1}
    assert [line.problem and line.problem.kind for line in desk.at.health(names=["f"])] == ["unreachable"]
    desk.refuses = False
    desk.lists("a", "De fik asyl.", receipt="7")  # the queue sends it again
    assert steps.poll("f", runtime=desk.at) == {"read": 1, "new": 0, "known": 1, "quarantined": 0}
    assert desk.acknowledged == ["7"]
    assert [line.fresh for line in desk.at.health(names=["f"])] == [True]


# ---------------------------------------------------------------- the gate


def red(desk: Desk, kind: type[Exception], words: str, **more: Any) -> None:
    with pytest.raises(kind, match=words):
        steps.gate("f", runtime=desk.at, **more)


def test_the_gate_is_green_where_all_is_well(desk: Desk) -> None:
    desk.lists("a", "De fik asyl.")
    ran = desk.run()
    assert steps.gate("f", ran, runtime=desk.at) == {"indexed": 1}


def test_the_gate_is_red_after_a_failed_poll_and_says_why(desk: Desk) -> None:
    desk.failure = Malformed("is broken", subject="https://f.example/list")
    with pytest.raises(Malformed):
        steps.poll("f", runtime=desk.at)
    red(desk, SourceError, r"f: https://f\.example/list: is broken", ran={"poll": None})


def test_the_gate_is_red_where_a_step_failed(desk: Desk) -> None:
    ran: dict[str, object] = {**desk.run(), "index": None}
    red(desk, StepFailed, "f: index failed; open the log of that task", ran=ran)


def test_the_gate_is_red_where_too_much_is_in_quarantine(desk: Desk) -> None:
    for number in range(12):
        desk.lists(str(number), "En brist." if number % 3 else "De fik asyl.")
    desk.run()
    red(desk, SourceFault, "8 of 12 articles are in quarantine")


def test_the_gate_is_red_where_the_source_is_silent(desk: Desk) -> None:
    desk.lists("a", "De fik asyl.")
    desk.run()
    desk.at_(NOW + timedelta(days=9))
    desk.run()
    red(desk, SourceError, "has brought nothing new for 216 hours")


def test_the_gate_is_red_where_nobody_reads_it(desk: Desk) -> None:
    desk.lists("a", "De fik asyl.")
    desk.run()
    desk.at_(NOW + timedelta(hours=3))
    red(desk, SourceError, "was last read 3 hours ago")


# ---------------------------------------------------------------- the index


@pytest.mark.parametrize("lose", [lambda index: index.held.clear(), lambda index: index.held.popitem()])
def test_an_index_that_lost_something_is_mended(desk: Desk, lose: Callable[[FakeIndex], object]) -> None:
    for guid in "abc":
        desk.lists(guid, f"De fik asyl {guid}.")
    desk.run()
    whole = dict(desk.index.held)
    assert steps.mend(runtime=desk.at)["written"] == 0
    lose(desk.index)
    assert steps.mend(runtime=desk.at)["written"] == 3
    assert desk.index.held == whole


def test_a_damaged_index_is_made_anew(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.lists("a", "De fik asyl.")
    desk.run()

    def damaged(_query: Query) -> Results:
        raise SearchIndexError("is damaged; rebuild it")

    monkeypatch.setattr(desk.index, "search", damaged)
    desk.index.held.clear()
    assert steps.mend(runtime=desk.at)["written"] == 1
    assert len(desk.index.held) == 1
