"""Corrections, withdrawals, replacements, and lists that arrive in the wrong order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from articles.model import Stage, State, Status
from articles.ports import PollTally


def states(desk: Any, guid: str) -> list[State]:
    return [article.trace.state for article in desk.ledger.versions(desk.entry(guid).id)]


def titles(desk: Any, guid: str) -> list[str]:
    return [article.entry.title for article in desk.ledger.versions(desk.entry(guid).id)]


def test_a_later_version_takes_the_place_and_keeps_what_belongs_to_the_article(desk: Any) -> None:
    desk.poll(desk.entry("a", "One"))
    seen = desk.now
    desk.fetch()
    desk.extract()
    desk.classify()
    (claimed,) = desk.claim(Stage.INDEX)
    assert desk.ledger.advance(claimed, State.INDEXED, None, worker="anna", now=desk.now, thread="t1")
    indexed = desk.now
    desk.poll(desk.entry("a", "Two", status=Status.CORRECTION))
    first, second = desk.ledger.versions(desk.entry("a").id)
    assert (first.trace.state, first.text.body, first.entry.version) == (State.SUPERSEDED, "The words of a.", 1)
    assert (second.trace.state, second.text, second.entry.version) == (State.POLLED, None, 2)
    assert (second.trace.first_seen_at, second.trace.seen_at) == (seen, desk.now)
    assert (second.trace.thread, second.trace.indexed_at) == ("t1", indexed)
    assert desk.ledger.get(first.id) == second
    assert desk.ledger.get(first.id, version=1) == first
    assert desk.ledger.previous(second) == first
    assert desk.ledger.previous(first) is None
    assert list(desk.ledger.hits()) == []


def test_the_ledgers_number_is_the_next_one_and_at_least_the_claimed(desk: Any) -> None:
    desk.poll(desk.entry("a", "One", version=3))
    desk.poll(desk.entry("a", "Two", version=3))
    desk.poll(desk.entry("a", "Three", version=9))
    assert [a.entry.version for a in desk.ledger.versions(desk.entry("a").id)] == [3, 4, 9]


def test_back_to_an_earlier_wording_is_a_version(desk: Any) -> None:
    one, two = desk.entry("a", "One"), desk.entry("a", "Two")
    for entry in (one, two, one):
        assert desk.poll(entry).new == 1
    assert desk.poll(one).known == 1
    assert titles(desk, "a") == ["One", "Two", "One"]


def test_one_guid_twice_in_a_list_comes_to_rest(desk: Any) -> None:
    one, two = desk.entry("a", "One"), desk.entry("a", "Two")
    assert desk.poll(one, two, one) == PollTally(read=3, new=2, known=1)
    assert desk.poll(two, one) == PollTally(read=2, known=2)
    assert desk.poll(one, two) == PollTally(read=2, known=2)
    assert states(desk, "a") == [State.SUPERSEDED, State.POLLED]
    assert desk.ledger.backlog()[Stage.FETCH] == 1


def test_an_older_version_that_comes_late_is_superseded_at_once(desk: Any) -> None:
    desk.poll(desk.entry("a", "Three", version=3))
    assert desk.poll(desk.entry("a", "Two", version=2)).new == 1
    assert desk.poll(desk.entry("a", "Two", version=2)).known == 1
    assert desk.poll(desk.entry("a", "Three", version=3)).known == 1
    assert titles(desk, "a") == ["Two", "Three"]
    assert states(desk, "a") == [State.SUPERSEDED, State.POLLED]
    assert desk.latest("a").entry.title == "Three"
    assert desk.ledger.previous(desk.latest("a")) is None, "it was never in force"


def test_a_replacement_is_a_version_of_what_it_replaces(desk: Any) -> None:
    desk.poll(desk.entry("root", "One"))
    assert desk.poll(desk.entry("b", "Two", replaces="root")) == PollTally(read=1, new=1)
    found = desk.latest("root")
    assert (found.entry.title, found.entry.guid, found.entry.version) == ("Two", "root", 2)
    assert "b" in found.entry.note
    assert desk.ledger.get(desk.entry("b").id) is None
    assert [a.id for a in desk.ledger.find("b")] == [found.id]
    assert desk.ledger.previous(found).entry.title == "One"


def test_redelivery_of_a_replacement_and_of_the_replaced_is_known(desk: Any) -> None:
    root, other = desk.entry("root", "One"), desk.entry("b", "Two", replaces="root")
    desk.poll(root, other)
    assert desk.poll(other, root) == PollTally(read=2, known=2)
    assert desk.latest("root").entry.title == "Two"


def test_a_chain_of_replacements(desk: Any) -> None:
    chain = [
        desk.entry("root", "One"),
        desk.entry("b", "Two", replaces="root"),
        desk.entry("c", "Three", replaces="b"),
        desk.entry("d", "Four", replaces="root"),
    ]
    for entry in chain:
        assert desk.poll(entry).new == 1
    assert titles(desk, "root") == ["One", "Two", "Three", "Four"]
    assert desk.poll(*reversed(chain)) == PollTally(read=4, known=4)
    assert desk.poll(desk.entry("d", "Five", replaces="root")).new == 1
    assert desk.latest("root").entry.title == "Five"
    assert desk.poll(desk.entry("b", "Two, mended", replaces="root")).new == 1
    assert desk.latest("root").entry.title == "Five", "what is replaced does not come back by a change of its own"


def test_a_replacement_that_comes_before_what_it_replaces(desk: Any) -> None:
    later, earlier = desk.entry("b", "Two", replaces="a"), desk.entry("a", "One")
    assert desk.poll(later, earlier) == PollTally(read=2, new=2)
    assert desk.latest("b").entry.title == "Two"
    assert desk.ledger.get(earlier.id) is None
    assert states(desk, "b") == [State.POLLED, State.SUPERSEDED]
    assert desk.poll(earlier, later) == PollTally(read=2, known=2)


def test_a_replacement_counts_its_own_versions(desk: Any) -> None:
    desk.poll(desk.entry("a", "One", version=4))
    desk.poll(desk.entry("b", "Two", version=1, replaces="a"))
    assert desk.latest("a").entry.title == "Two"


def test_replaces_is_of_the_same_feed_only(desk: Any) -> None:
    desk.poll(desk.entry("a"))
    desk.feed = "other"
    desk.poll(desk.entry("b", replaces="a"))
    assert desk.latest("b").entry.version == 1
    desk.feed = "wire"
    assert desk.state("a") is State.POLLED


def test_entries_that_replace_themselves_or_each_other(desk: Any) -> None:
    listed = [desk.entry("s", replaces="s"), desk.entry("x", "X", replaces="y"), desk.entry("y", "Y", replaces="x")]
    assert desk.poll(*listed).new == 3
    assert desk.poll(*listed).known == 3
    assert desk.poll(*reversed(listed)).known == 3


def test_a_withdrawal_needs_no_text_and_no_page(desk: Any) -> None:
    entry = desk.entry("a", "One")
    desk.poll(entry)
    desk.all_through()
    desk.poll(replace(entry, status=Status.WITHDRAWN, url=""))
    (claimed,) = desk.claim(Stage.EXTRACT)
    assert claimed.entry.status is Status.WITHDRAWN
    assert desk.ledger.previous(claimed).text is not None


def test_a_withdrawal_of_something_never_seen_is_quarantined(desk: Any) -> None:
    assert desk.poll(desk.entry("a", status=Status.WITHDRAWN, url="")).quarantined == 1


def test_a_worker_on_a_superseded_version_writes_nothing(desk: Any) -> None:
    desk.poll(desk.entry("a", "One"))
    (claimed,) = desk.claim(Stage.FETCH)
    desk.poll(desk.entry("a", "Two"))
    assert not desk.ledger.advance(claimed, State.FETCHED, Stage.EXTRACT, worker="anna", now=desk.now)
    assert states(desk, "a") == [State.SUPERSEDED, State.POLLED]
    assert [a.entry.title for a in desk.claim(Stage.FETCH)] == ["Two"]


def test_the_same_guid_in_two_feeds_is_two_articles(desk: Any) -> None:
    desk.poll(desk.entry("a"))
    desk.feed = "other"
    assert desk.poll(desk.entry("a")).new == 1
    assert len(desk.ledger.find("a")) == 2


def test_a_withdrawal_holds_whatever_its_number_says(desk: Any) -> None:
    desk.poll(desk.entry("a", "One", version=4))
    desk.fetch()
    desk.extract()
    desk.poll(desk.entry("a", "One", version=1, status=Status.WITHDRAWN, body_html=""))
    assert states(desk, "a") == [State.SUPERSEDED, State.POLLED]
    assert desk.ledger.get(desk.entry("a").id).entry.status is Status.WITHDRAWN
