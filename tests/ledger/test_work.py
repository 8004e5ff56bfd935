"""Claims: for a while, for one worker, in order, and fenced."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from articles.model import Article, Problem, Stage, State, Status
from ledger.store import Move

PROBLEM = Problem(stage="fetch", kind="unreachable", detail="did not answer; it is tried again")
LEASE = timedelta(minutes=10)


@pytest.fixture
def three(desk: Any) -> list[Article]:
    desk.poll(desk.entry("a"), desk.entry("b"), desk.entry("c"))
    found: list[Article] = desk.claim(Stage.FETCH)
    return found


def advance(desk: Any, article: Article, state: State = State.FETCHED, due: Stage | None = Stage.EXTRACT, **more: Any):
    return desk.ledger.advance(article, state, due, **{"worker": desk.worker, "now": desk.now, **more})


def test_claimed_in_the_order_seen_and_by_one_worker_only(desk: Any) -> None:
    for guid in "cab":
        desk.poll(desk.entry(guid))
    assert [a.entry.guid for a in desk.claim(Stage.FETCH, limit=2)] == ["c", "a"]
    assert [a.entry.guid for a in desk.claim(Stage.FETCH, worker="bo")] == ["b"]
    assert desk.claim(Stage.FETCH) == []
    assert desk.ledger.workers() == {"anna": 2, "bo": 1}


def test_claimed_by_feed_and_stage(desk: Any) -> None:
    desk.poll(desk.entry("a"), desk.entry("sent", body_html="<p>Hej</p>"))
    desk.feed = "other"
    desk.poll(desk.entry("b"))
    assert [a.entry.guid for a in desk.claim(Stage.FETCH, feed="other")] == ["b"]
    assert [a.entry.guid for a in desk.claim(Stage.EXTRACT)] == ["sent"]
    assert [a.entry.guid for a in desk.claim(Stage.FETCH)] == ["a"]


def test_what_a_stage_wrote_comes_back(desk: Any, three: list[Article]) -> None:
    page = desk.page()
    assert advance(desk, three[0].with_(page=page))
    (claimed,) = desk.claim(Stage.EXTRACT)
    assert claimed.page == replace(page, body=b""), "the bytes lie in the archive"
    text = replace(desk.text("Å æ ø. Юля 🕊"), byline="", notes=("cut",), published_at=desk.now)
    assert advance(desk, claimed.with_(text=text), State.EXTRACTED, Stage.CLASSIFY)
    (claimed,) = desk.claim(Stage.CLASSIFY)
    verdict = replace(desk.verdict(0.0), facets={"kind": ("asylum",)}, classified_at=desk.now)
    assert advance(desk, claimed.with_(verdicts=(verdict,)), State.CLASSIFIED, None)
    found = desk.latest("a")
    assert (found.page, found.text, found.verdicts) == (replace(page, body=b""), text, (verdict,))
    assert (found.trace.state, found.trace.indexed_at) == (State.CLASSIFIED, None)


def test_indexed_at_is_stamped(desk: Any, three: list[Article]) -> None:
    desk.wait(minutes=1)
    advance(desk, three[0], State.INDEXED, None, thread="t")
    trace = desk.latest("a").trace
    assert (trace.indexed_at, trace.updated_at, trace.thread) == (desk.now, desk.now, "t")


def test_a_lease_that_ran_out_is_claimable_again_and_the_first_worker_is_fenced_off(
    desk: Any, three: list[Article]
) -> None:
    desk.wait(minutes=9)
    assert desk.claim(Stage.FETCH, worker="bo") == []
    desk.wait(minutes=1)
    assert advance(desk, three[2]), "run out, but nobody else has it yet"
    second = desk.claim(Stage.FETCH, worker="bo")
    assert [a.entry.guid for a in second] == ["a", "b"]
    assert not advance(desk, three[0])
    assert not desk.ledger.retry(three[0], PROBLEM, at=desk.now, worker="anna", now=desk.now)
    assert not desk.ledger.quarantine(three[0], PROBLEM, worker="anna", now=desk.now)
    assert desk.state("a") is State.POLLED
    assert advance(desk, second[0], worker="bo")


def test_a_claim_ends_with_the_work(desk: Any, three: list[Article]) -> None:
    assert advance(desk, three[0])
    assert not advance(desk, three[0]), "the claim was given back"
    assert [a.entry.guid for a in desk.claim(Stage.EXTRACT, worker="bo")] == ["a"]


def test_many_in_one_transaction(desk: Any, three: list[Article]) -> None:
    a, b, c = three
    desk.ledger.quarantine(c, PROBLEM, worker="anna", now=desk.now)
    moves = [
        Move(article=a, state=State.INDEXED, due=None, thread="t"),
        Move(article=b, state=State.DUPLICATE, due=None, duplicate_of=a.id),
        Move(article=c, state=State.FETCHED, due=Stage.EXTRACT),
    ]
    assert desk.ledger.advance_all(moves, worker="anna", now=desk.now) == 2
    assert desk.latest("a").trace.thread == "t"
    assert desk.latest("b").trace.duplicate_of == a.id
    assert [desk.state(guid) for guid in "abc"] == [State.INDEXED, State.DUPLICATE, State.QUARANTINED]
    assert desk.ledger.advance_all([], worker="anna", now=desk.now) == 0


def test_put_off_until_its_time(desk: Any, three: list[Article]) -> None:
    later = desk.now + timedelta(minutes=5)
    assert desk.ledger.retry(three[0], PROBLEM, at=later, worker="anna", now=desk.now)
    found = desk.latest("a")
    assert (found.problem, found.trace.attempts, found.trace.retry_at) == (PROBLEM, 1, later)
    assert found.trace.state is State.POLLED
    desk.wait(minutes=4)
    assert desk.claim(Stage.FETCH, worker="bo") == []
    desk.wait(minutes=1)
    (again,) = desk.claim(Stage.FETCH, worker="bo")
    assert (again.id, again.trace.attempts, again.problem) == (three[0].id, 1, None)
    advance(desk, again, worker="bo")
    found = desk.latest("a")
    assert (found.problem, found.trace.attempts, found.trace.retry_at) == (None, 0, None)


def test_quarantined_and_put_back_to_the_stage_that_failed(desk: Any, three: list[Article]) -> None:
    advance(desk, three[0].with_(page=desk.page()))
    (claimed,) = desk.claim(Stage.EXTRACT)
    unreadable = Problem(stage="extract", kind="unreadable", detail="is no text; open it by hand")
    desk.ledger.quarantine(claimed, unreadable, worker="anna", now=desk.now)
    desk.ledger.quarantine(three[1], PROBLEM, worker="anna", now=desk.now)
    assert [a.entry.guid for a in desk.ledger.quarantined()] == ["b", "a"]
    assert desk.latest("a").problem == unreadable
    assert desk.latest("a").page is not None
    desk.wait(hours=1)
    assert [desk.claim(stage) for stage in (Stage.EXTRACT, Stage.CLASSIFY, Stage.INDEX)] == [[], [], []]
    assert desk.ledger.requeue(kind="unreadable", now=desk.now) == 1
    assert (desk.state("a"), desk.state("b")) == (State.FETCHED, State.QUARANTINED)
    assert desk.latest("a").problem is None
    assert [a.entry.guid for a in desk.claim(Stage.EXTRACT)] == ["a"]
    assert desk.ledger.requeue(feed="other", now=desk.now) == 0
    assert desk.ledger.requeue(article_id=three[1].id, now=desk.now) == 1
    assert desk.state("b") is State.POLLED


def test_put_back_where_the_text_came_along(desk: Any) -> None:
    desk.poll(desk.entry("a", body_html="<p>Hej</p>"))
    (claimed,) = desk.claim(Stage.EXTRACT)
    desk.ledger.quarantine(claimed, PROBLEM, worker="anna", now=desk.now)
    assert desk.ledger.requeue(now=desk.now) == 1
    assert desk.state("a") is State.POLLED
    assert [a.id for a in desk.claim(Stage.EXTRACT)] == [claimed.id]


def test_reopened_for_a_new_classifier(desk: Any) -> None:
    desk.said = {"copy": "The words of hit."}
    desk.poll(desk.entry("hit"))
    desk.all_through()
    desk.poll(desk.entry("off"), desk.entry("copy"))
    desk.fetch()
    desk.extract()
    off, copy = desk.claim(Stage.CLASSIFY)
    advance(desk, off.with_(verdicts=(desk.verdict(0.1),)), State.CLASSIFIED, None)
    advance(desk, copy, State.DUPLICATE, None, duplicate_of=desk.latest("hit").id)
    desk.poll(desk.entry("new"))
    assert desk.ledger.reopen(Stage.CLASSIFY, feed="other", now=desk.now) == 0
    assert desk.ledger.reopen(Stage.CLASSIFY, now=desk.now) == 2
    assert [a.entry.guid for a in desk.claim(Stage.CLASSIFY)] == ["hit", "off"]
    assert [a.entry.guid for a in desk.ledger.hits()] == ["hit"], "a hit stays one meanwhile"
    assert desk.state("copy") is State.DUPLICATE


def judged(desk: Any, guid: str, by: str, score: float = 0.9) -> None:
    """One article, with a verdict of that classifier."""
    desk.poll(desk.entry(guid, version=1, status=Status.NEW))
    desk.fetch()
    desk.extract()
    (article,) = desk.claim(Stage.CLASSIFY)
    advance(desk, article.with_(verdicts=(replace(desk.verdict(score), classifier=by),)), State.CLASSIFIED, Stage.INDEX)
    desk.index()


def test_verdicts_are_counted_by_who_gave_them(desk: Any) -> None:
    """What reclassifying would judge anew, no more: by the latest verdict of the latest version."""
    for guid, by, score in (("a", "old/1", 0.9), ("b", "old/1", 0.1), ("c", "new/2", 0.9)):
        judged(desk, guid, by, score)
    assert desk.ledger.judged_by() == {"old/1": 2, "new/2": 1}
    desk.poll(desk.entry("unread"))
    desk.poll(desk.entry("a", title="Another title", version=2, status=Status.CORRECTION))
    assert desk.ledger.judged_by() == {"old/1": 1, "new/2": 1}, "the older version is history, the newer is not judged"
    assert desk.ledger.reopen(Stage.CLASSIFY, now=desk.now) == 2
    assert desk.ledger.judged_by() == {}, "they are under way"
    for article in desk.claim(Stage.CLASSIFY):
        verdict = replace(desk.verdict(), classifier="new/3")
        advance(desk, article.with_(verdicts=(*article.verdicts, verdict)), State.CLASSIFIED, None)
    assert desk.ledger.judged_by() == {"new/3": 2}


def test_what_keeps_its_verdict_is_not_counted(desk: Any) -> None:
    desk.said = {"copy": "The words of hit."}
    for guid in ("hit", "copy", "pulled", "bad"):
        judged(desk, guid, "old/1")
    desk.ledger.reopen(Stage.EXTRACT, now=desk.now)
    assert desk.ledger.judged_by() == {}, "they are read anew first"
    held = {article.entry.guid: article for article in desk.claim(Stage.EXTRACT)}
    advance(desk, held["copy"], State.DUPLICATE, None, duplicate_of=held["hit"].id)
    assert desk.ledger.quarantine(held["bad"], PROBLEM, worker=desk.worker, now=desk.now)
    for guid in ("hit", "pulled"):
        advance(desk, held[guid], State.CLASSIFIED, None)
    assert desk.ledger.judged_by() == {"old/1": 2}
    desk.poll(desk.entry("pulled", version=2, status=Status.WITHDRAWN))
    desk.all_through()
    assert desk.latest("pulled").verdicts
    assert desk.ledger.judged_by() == {"old/1": 1}


@pytest.mark.parametrize(
    ("stage", "guids"),
    [
        (Stage.FETCH, ["hit"]),
        (Stage.EXTRACT, ["hit", "sent"]),
        (Stage.INDEX, ["hit", "sent"]),
    ],
)
def test_reopened_at_each_stage(desk: Any, stage: Stage, guids: list[str]) -> None:
    desk.poll(desk.entry("hit"), desk.entry("sent", body_html="<p>Hej</p>"))
    desk.all_through()
    desk.poll(desk.entry("new"))
    assert desk.ledger.reopen(stage, now=desk.now) == len(guids)
    assert [a.entry.guid for a in desk.claim(stage)][: len(guids)] == guids


def test_reopening_takes_the_work_from_whoever_is_at_it_and_skips_no_stage(desk: Any) -> None:
    desk.poll(desk.entry("a"))
    desk.all_through()
    desk.ledger.reopen(Stage.INDEX, now=desk.now)
    (held,) = desk.claim(Stage.INDEX)
    desk.ledger.reopen(Stage.EXTRACT, now=desk.now)
    assert not advance(desk, held, State.INDEXED, None)
    assert desk.ledger.reopen(Stage.CLASSIFY, now=desk.now) == 0, "it is to be read anew first"
    assert desk.ledger.backlog() == {**dict.fromkeys(Stage, 0), Stage.EXTRACT: 1}


def test_one_article_made_due(desk: Any) -> None:
    desk.poll(desk.entry("a"), desk.entry("b"))
    desk.all_through()
    desk.poll(desk.entry("c"))
    assert desk.ledger.make_due(desk.latest("a").id, Stage.INDEX, now=desk.now)
    assert not desk.ledger.make_due(desk.latest("c").id, Stage.INDEX, now=desk.now)
    assert not desk.ledger.make_due("nobody", Stage.INDEX, now=desk.now)
    assert [a.entry.guid for a in desk.claim(Stage.INDEX)] == ["a"]
    assert len(list(desk.ledger.hits())) == 2


def test_what_a_dead_worker_held_is_freed(desk: Any, three: list[Article]) -> None:
    assert desk.ledger.release("bo", now=desk.now) == 0
    assert desk.ledger.release("anna", now=desk.now) == 3
    assert not advance(desk, three[0])
    assert len(desk.claim(Stage.FETCH, worker="bo")) == 3


def test_a_megabyte_of_text_and_strings_that_no_database_takes(desk: Any, three: list[Article]) -> None:
    body = "\x00\ud800 æøå " + "Ро" * 500_000
    text = replace(desk.text("A word."), body=body)
    odd = Problem(stage="fetch", kind="odd", detail="nul \x00 half \ud800")
    assert desk.ledger.retry(three[1], odd, at=desk.now, worker="anna", now=desk.now)
    assert desk.latest("b").problem == odd
    well = replace(text, body=body.replace("\ud800", ""))
    assert advance(desk, three[0].with_(text=well), State.EXTRACTED, Stage.CLASSIFY)
    assert desk.latest("a").text == well


def test_a_withdrawn_article_ends_like_any_other(desk: Any) -> None:
    desk.poll(desk.entry("a"))
    desk.all_through()
    desk.poll(desk.entry("a", status=Status.WITHDRAWN))
    desk.all_through()
    assert [a.entry.status for a in desk.ledger.hits()] == [Status.WITHDRAWN]
    assert desk.ledger.reopen(Stage.INDEX, now=desk.now) == 1
