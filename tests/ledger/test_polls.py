"""A poll is one transaction: items, cursor, validators, and a line about itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from articles.errors import LedgerError
from articles.model import Licence, Problem, Stage, State, Status
from articles.ports import Cursor, Polled, PollTally, Validator
from ledger.store import Ledger

PROBLEM = Problem(stage="poll", kind="unreachable", detail="did not answer; the next poll tries again")


def test_a_new_entry_comes_back_as_it_was_sent(desk: Any) -> None:
    entry = desk.entry(
        "blåbærgrød-1",
        "Æblegrød for Ærø 🫐",
        summary="Kort",
        body_html="<p>Тише едешь</p>",
        published_at=datetime(2026, 11, 19, 6, tzinfo=UTC),
        published_raw="19-11-2026 07:00",
        language="da",
        licence=Licence.SUBSCRIBER,
        extractor="wire",
        keywords=("NET", "UDLAND"),
        receipt="17",
        note="noted",
    )
    assert desk.poll(entry) == PollTally(read=1, new=1)
    found = desk.latest("blåbærgrød-1")
    assert found.entry == entry
    assert (found.page, found.text, found.verdicts, found.problem) == (None, None, (), None)
    assert found.trace.state is State.POLLED
    assert found.trace.first_seen_at == found.trace.seen_at == found.trace.updated_at == desk.now
    assert found.trace.first_seen_at.tzinfo is UTC


def test_an_entry_without_title_and_address_comes_back(desk: Any) -> None:
    flash = desk.entry("flash", "", url="", body_html="<p>Kort nyt</p>")
    desk.poll(flash)
    assert desk.latest("flash").entry == flash


def test_the_same_list_again_is_known(desk: Any) -> None:
    listed = [desk.entry(str(n)) for n in range(30)]
    assert desk.poll(*listed) == PollTally(read=30, new=30)
    assert desk.poll(*listed) == PollTally(read=30, known=30)
    assert desk.ledger.states() == {"wire": {State.POLLED: 30}}


def test_a_change_of_what_is_not_wording_is_known(desk: Any) -> None:
    entry = desk.entry("a")
    desk.poll(entry)
    assert desk.poll(replace(entry, receipt="18", note="again", keywords=("x",))).known == 1


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Another"},
        {"summary": "Another"},
        {"body_html": "<p>Another</p>"},
        {"status": Status.CORRECTION},
        {"url": "https://example.org/moved"},
        {"version": 2},
    ],
)
def test_a_change_of_wording_is_a_version(desk: Any, change: dict[str, Any]) -> None:
    entry = desk.entry("a")
    desk.poll(entry)
    assert desk.poll(replace(entry, **change)).new == 1
    assert desk.latest("a").entry.version == 2


def test_where_the_text_came_along_nothing_is_fetched(desk: Any) -> None:
    desk.poll(desk.entry("sent", body_html="<p>Hej</p>"), desk.entry("linked"))
    assert [a.entry.guid for a in desk.claim(Stage.EXTRACT)] == ["sent"]
    assert [a.entry.guid for a in desk.claim(Stage.FETCH)] == ["linked"]


def test_neither_text_nor_address_is_quarantined_once(desk: Any) -> None:
    entry = desk.entry("void", url="")
    assert desk.poll(entry) == PollTally(read=1, quarantined=1)
    assert desk.poll(entry) == PollTally(read=1, known=1)
    (found,) = desk.ledger.quarantined()
    assert (found.problem.stage, found.problem.kind) == ("poll", "unreadable")
    assert found.problem.detail.count(".") == 0
    assert desk.ledger.backlog() == dict.fromkeys(Stage, 0)


def test_a_naive_time_of_publication_is_the_items_problem_not_the_polls(desk: Any) -> None:
    naive = desk.entry("naive", published_at=datetime(2026, 1, 1))
    assert desk.poll(naive, desk.entry("fine")) == PollTally(read=2, new=1, quarantined=1)
    assert "zone" in desk.latest("naive").problem.detail
    assert desk.latest("naive").published_at is None


def test_a_rejected_item_is_kept_with_what_the_source_sent(desk: Any) -> None:
    rejected = desk.rejected("r", raw="<item>\x00 æ")
    assert desk.poll(rejected, desk.entry("a")) == PollTally(read=2, new=1, quarantined=1)
    found = desk.latest("r")
    assert (found.trace.state, found.entry.title, found.problem) == (State.QUARANTINED, "", rejected.problem)
    assert desk.ledger.source_form(found) == "<item>\ufffd æ"
    assert desk.poll(rejected) == PollTally(read=1, known=1)
    assert desk.ledger.requeue(now=desk.now) == 0, "there is no stage to put it back to"


def test_a_mended_item_takes_the_rejected_ones_place(desk: Any) -> None:
    desk.poll(desk.rejected("r"))
    assert desk.poll(desk.entry("r")).new == 1
    assert desk.state("r") is State.POLLED
    assert [a.trace.state for a in desk.ledger.versions(desk.entry("r").id)] == [State.SUPERSEDED, State.POLLED]


def test_an_unreadable_version_leaves_the_good_one_in_force(desk: Any) -> None:
    desk.poll(desk.entry("a"))
    desk.all_through()
    assert desk.poll(desk.rejected("a")) == PollTally(read=1, quarantined=1)
    assert desk.poll(desk.rejected("a"), desk.entry("a")) == PollTally(read=2, known=2)
    assert desk.state("a") is State.INDEXED
    assert len(desk.ledger.quarantined()) == 1


def test_strings_that_no_database_takes(desk: Any) -> None:
    odd = desk.entry(
        "nul\x00 half\ud800", "half \udfff and nul \x00", url="https://example.org:99999/[", summary="\x00"
    )
    assert desk.poll(odd) == PollTally(read=1, new=1)
    assert desk.poll(odd) == PollTally(read=1, known=1)
    (found,) = desk.claim(Stage.FETCH)
    assert found.entry.title == odd.title
    assert desk.ledger.get(found.id) is not None
    assert desk.ledger.find("https://example.org:99999/[")[0].id == found.id


def test_long_guids_addresses_and_a_megabyte_of_text(desk: Any) -> None:
    long = "ж" * 20_000
    body = "Slægt skal følge slægters gang. " * 32_768
    entry = desk.entry(long, url=f"https://example.org/{long}", body_html=body)
    assert desk.poll(entry) == PollTally(read=1, new=1)
    assert desk.poll(entry) == PollTally(read=1, known=1)
    assert desk.latest(long).entry.body_html == body
    assert [a.id for a in desk.ledger.find(entry.url)] == [entry.id]
    assert [a.id for a in desk.ledger.find(long)] == [entry.id]


def test_an_entry_without_guid_is_told_by_its_wording(desk: Any) -> None:
    listed = [desk.entry("", "One", url="https://example.org/1"), desk.entry("", "Two", url="https://example.org/2")]
    assert desk.poll(*listed) == PollTally(read=2, new=2)
    assert desk.poll(*listed) == PollTally(read=2, known=2)


def test_a_version_number_beyond_the_column(desk: Any) -> None:
    huge = desk.entry("a", version=10**12)
    assert desk.poll(huge) == PollTally(read=1, new=1)
    assert desk.poll(replace(huge, title="Another")) == PollTally(read=1, new=1)
    assert desk.poll(replace(huge, title="Another")) == PollTally(read=1, known=1)


def test_a_thousand_entries_at_once(desk: Any) -> None:
    listed = [desk.entry(str(n)) for n in range(1_200)]
    assert desk.poll(*listed).new == 1_200
    assert desk.poll(*reversed(listed)).known == 1_200
    changed = [replace(entry, title="Another") for entry in listed]
    assert desk.poll(*changed).new == 1_200
    claimed = desk.claim(Stage.FETCH, limit=2_000)
    assert [a.entry.guid for a in claimed] == [str(n) for n in range(1_200)], "in the order in which they were seen"


def test_cursor_and_validators(ledger: Ledger, now: datetime) -> None:
    assert ledger.cursor("wire") == Cursor()
    assert ledger.validators("wire") == {}
    first = {"https://a": Validator(etag='"1"', last_modified="Mon", body_sha256="00"), "https://b": Validator()}
    ledger.record_poll("wire", Polled(cursor=Cursor(state={"since": "2026"})), first, now=now)
    ledger.record_poll("other", Polled(cursor=Cursor(state={"since": "x"})), {}, now=now)
    assert ledger.cursor("wire") == Cursor(state={"since": "2026"})
    assert ledger.validators("wire") == first
    ledger.record_poll("wire", Polled(), {"https://a": Validator(etag='"2"')}, now=now)
    assert ledger.cursor("wire") == Cursor()
    assert ledger.validators("wire") == {"https://a": Validator(etag='"2"'), "https://b": Validator()}


def test_a_validator_that_nobody_renews_is_dropped(ledger: Ledger, now: datetime) -> None:
    """A list asked by date leaves a new address every day."""
    for day in range(40):
        fresh = {f"https://a?since={day}": Validator(etag=str(day))}
        kept = ledger.validators("wire")
        ledger.record_poll("wire", Polled(), {**kept, **fresh}, now=now + timedelta(days=day))
    assert len(ledger.validators("wire")) == 31


def test_a_failed_poll_is_on_file_and_moves_no_cursor(ledger: Ledger, now: datetime) -> None:
    partly = Polled(cursor=Cursor(state={"p": "1"}), problems=(PROBLEM,), unknown_fields=("nyt_felt",), unchanged=True)
    ledger.record_poll("wire", partly, {}, now=now)
    ledger.record_failed_poll("wire", PROBLEM, now=now + timedelta(hours=1))
    ledger.record_poll("other", Polled(), {}, now=now)
    assert ledger.cursor("wire") == Cursor(state={"p": "1"})
    failed, first = ledger.polls("wire")
    assert (failed.at, failed.problem, failed.tally) == (now + timedelta(hours=1), PROBLEM, PollTally())
    assert (first.problem, first.problems) == (None, (PROBLEM,))
    assert (first.unchanged, first.unknown_fields) == (True, ("nyt_felt",))
    assert ledger.last_polls()["wire"] == failed
    assert set(ledger.last_polls()) == {"wire", "other"}
    assert [record.at for record in ledger.polls("wire", limit=1)] == [failed.at]


def test_last_entry_at_is_of_the_last_list_with_something_new(desk: Any) -> None:
    desk.poll()
    assert desk.ledger.last_entry_at() == {}
    desk.poll(desk.entry("a"))
    at = desk.now
    desk.poll(desk.entry("a"))
    desk.poll(desk.rejected("b"))
    assert desk.ledger.last_entry_at() == {"wire": at}


def test_all_or_nothing(desk: Any) -> None:
    class Unwritable(str):
        """A validator's address that fails when everything else is already written."""

        __slots__ = ()

        def encode(self, *_: object) -> bytes:
            raise LedgerError("stops here")

    polled = Polled(entries=(desk.entry("a"),), cursor=Cursor(state={"p": "2"}))
    with pytest.raises(LedgerError):
        desk.ledger.record_poll("wire", polled, {Unwritable("x"): Validator(etag="1")}, now=desk.now)
    assert desk.ledger.states() == {}
    assert desk.ledger.cursor("wire") == Cursor()
    assert desk.ledger.last_polls() == {}
    assert desk.poll(desk.entry("a")).new == 1


def test_naive_instants_are_refused(desk: Any) -> None:
    naive = datetime(2026, 1, 1)
    desk.poll(desk.entry("a"))
    (article,) = desk.claim(Stage.FETCH)
    for call in (
        lambda: desk.ledger.record_poll("wire", Polled(), {}, now=naive),
        lambda: desk.ledger.record_failed_poll("wire", PROBLEM, now=naive),
        lambda: desk.claim(Stage.FETCH, now=naive),
        lambda: desk.ledger.advance(article, State.FETCHED, None, worker="anna", now=naive),
        lambda: desk.ledger.retry(article, PROBLEM, at=naive, worker="anna", now=desk.now),
        lambda: list(desk.ledger.hits(since=naive)),
    ):
        with pytest.raises(ValueError, match="zone"):
            call()
    assert desk.state("a") is State.POLLED
