"""What is asked of the ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from articles.model import Article, Problem, Stage, State, Status


def mark(desk: Any, body: str) -> str:
    fingerprint: str = desk.text(body).fingerprint
    return fingerprint


def earliest(desk: Any, guid: str) -> str:
    article = desk.latest(guid)
    found = desk.ledger.originals([article]).get(article.id)
    return found.entry.guid if found else ""


def test_nothing_is_there(desk: Any) -> None:
    ledger = desk.ledger
    assert ledger.get("nobody") is None
    assert (ledger.versions("nobody"), ledger.find("nobody"), ledger.find("")) == ([], [], [])
    assert (list(ledger.hits()), ledger.duplicates_of(["nobody"]), ledger.duplicates_of([])) == ([], {}, {})
    assert (ledger.states(), ledger.quarantined(), ledger.last_polls(), ledger.polls("wire")) == ({}, [], {}, [])
    assert ledger.backlog() == dict.fromkeys(Stage, 0)


def test_the_original_of_a_copy_is_the_one_seen_first(desk: Any) -> None:
    desk.said = dict.fromkeys("abc", "The same words.")
    for guid in "abc":
        desk.poll(desk.entry(guid))
    desk.fetch()
    desk.extract()
    assert [earliest(desk, guid) for guid in "abc"] == ["", "a", "a"]


def test_of_one_instant_the_first_filed_is_the_earlier(desk: Any) -> None:
    desk.said = dict.fromkeys("xyz", "The same words.")
    desk.poll(desk.entry("z"), desk.entry("x"), desk.entry("y"))
    desk.fetch()
    desk.extract()
    assert [earliest(desk, guid) for guid in "zxy"] == ["", "z", "z"]


@pytest.mark.parametrize("fate", ["duplicate", "quarantined", "superseded", "withdrawn"])
def test_what_cannot_be_an_original(desk: Any, fate: str) -> None:
    desk.said = dict.fromkeys("ab", "The same words.")
    desk.poll(desk.entry("a", status=Status.WITHDRAWN if fate == "withdrawn" else Status.NEW))
    desk.fetch()
    desk.extract()
    if fate == "superseded":
        desk.said["a"] = "Other words."
        desk.poll(desk.entry("a", "Another title"))
    if fate in {"duplicate", "quarantined"}:
        (article,) = desk.claim(Stage.CLASSIFY)
        if fate == "duplicate":
            desk.ledger.advance(article, State.DUPLICATE, None, worker="anna", now=desk.now, duplicate_of="x")
        else:
            problem = Problem(stage="classify", kind="classifier", detail="gave no verdict; try again")
            desk.ledger.quarantine(article, problem, worker="anna", now=desk.now)
    desk.poll(desk.entry("b"))
    desk.fetch()
    desk.extract()
    assert earliest(desk, "b") == ""


def test_a_version_of_an_article_is_no_copy_of_it(desk: Any) -> None:
    desk.said = {"a": "The same words."}
    desk.poll(desk.entry("a", "One"))
    desk.poll(desk.entry("a", "Two"))
    desk.fetch()
    desk.extract()
    assert earliest(desk, "a") == ""


def test_hits_by_when_they_were_first_seen(desk: Any) -> None:
    for guid in "abc":
        desk.wait(hours=1)
        desk.poll(desk.entry(guid))
    desk.all_through()
    seen = [desk.latest(guid).trace.first_seen_at for guid in "abc"]
    desk.poll(desk.entry("a", "Corrected"))
    desk.all_through()
    assert [a.entry.title for a in desk.ledger.hits()] == ["Corrected", "A title", "A title"]
    assert [a.entry.guid for a in desk.ledger.hits(since=seen[1])] == ["b", "c"]
    assert [a.entry.guid for a in desk.ledger.hits(until=seen[1])] == ["a"]
    assert [a.entry.guid for a in desk.ledger.hits(since=seen[1], until=seen[2])] == ["b"]


def test_hits_are_read_in_pages_while_the_reader_writes(desk: Any) -> None:
    desk.poll(*[desk.entry(str(n)) for n in range(450)])
    desk.all_through()
    read = []
    for article in desk.ledger.hits():
        if len(read) % 100 == 0:
            desk.poll(desk.entry(f"during {len(read)}"))
        read.append(article.entry.guid)
    assert read == [str(n) for n in range(450)]


def test_copies_of_articles(desk: Any) -> None:
    desk.poll(desk.entry("a"), desk.entry("b"), desk.entry("c"), desk.entry("d"))
    ids = [desk.latest(guid).id for guid in "abcd"]
    for article in desk.claim(Stage.FETCH)[1:3]:
        desk.ledger.advance(article, State.DUPLICATE, None, worker="anna", now=desk.now, duplicate_of=ids[0])
    found = desk.ledger.duplicates_of(ids)
    assert {original: [a.entry.guid for a in copies] for original, copies in found.items()} == {ids[0]: ["b", "c"]}
    desk.poll(desk.entry("b", "No copy any more"))
    assert [a.entry.guid for a in desk.ledger.duplicates_of(ids)[ids[0]]] == ["c"]


@pytest.mark.parametrize(
    "what",
    [
        "https://example.org/nyt/1",
        "HTTPS://Example.org:443/nyt/1?utm_source=rss#top",
        " https://example.org/page/guid-1 ",
        "guid-1",
        "ID",
    ],
)
def test_found_by_id_guid_or_any_spelling_of_an_address(desk: Any, what: str) -> None:
    desk.poll(desk.entry("guid-1", url="https://example.org/nyt/1"), desk.entry("guid-2"))
    desk.fetch()
    desk.poll(desk.entry("guid-1", "Corrected", url="https://example.org/flyttet"))
    wanted = desk.latest("guid-1")
    assert desk.ledger.find(wanted.id if what == "ID" else what) == [wanted]


def test_found_by_the_address_that_the_page_gives_itself(desk: Any) -> None:
    desk.poll(desk.entry("a"))
    desk.fetch()
    (claimed,) = desk.claim(Stage.EXTRACT)
    text = replace(desk.text(), canonical_url="https://example.org/kanonisk?fbclid=1")
    desk.ledger.advance(claimed.with_(text=text), State.EXTRACTED, None, worker="anna", now=desk.now)
    assert [a.id for a in desk.ledger.find("https://example.org/kanonisk")] == [claimed.id]


def test_states_and_backlog_count_every_version(desk: Any) -> None:
    desk.poll(desk.entry("a"), desk.entry("b", body_html="<p>Hej</p>"), desk.rejected("r"))
    desk.poll(desk.entry("a", "Two"))
    desk.feed = "other"
    desk.poll(desk.entry("a"))
    assert desk.ledger.states() == {
        "wire": {State.POLLED: 2, State.SUPERSEDED: 1, State.QUARANTINED: 1},
        "other": {State.POLLED: 1},
    }
    assert desk.ledger.backlog() == {**dict.fromkeys(Stage, 0), Stage.FETCH: 2, Stage.EXTRACT: 1}


def test_quarantine_newest_first_up_to_a_limit(desk: Any) -> None:
    for guid in "abc":
        desk.poll(desk.rejected(guid))
    assert [a.entry.guid for a in desk.ledger.quarantined(limit=2)] == ["c", "b"]


def test_the_clock_may_stand_still(desk: Any) -> None:
    """A recorded day is played at one instant."""
    desk.tick = timedelta(0)
    desk.poll(*[desk.entry(str(n)) for n in range(5)])
    desk.all_through()
    guids: list[Article] = list(desk.ledger.hits())
    assert [a.entry.guid for a in guids] == [str(n) for n in range(5)]
