"""Paging, the cursor and the clock of Folketinget's feed, against a service that pages as the real one does."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import feeds
from articles.errors import SourceError, SourceFault, Unreachable
from articles.model import Entry
from articles.ports import Cursor, Exchange, Occasion, Polled, Request, Response
from feeds import _ftrows, _odata
from tests.feeds.conftest import NOW, poll, response

LOCAL = datetime(2026, 11, 20, 6, 45)  # NOW in Copenhagen
Row = dict[str, Any]


def sag(number: int, at: datetime | str, title: str = "Forslag til lov om forsøg") -> Row:
    stamp = at if isinstance(at, str) else at.isoformat()
    return {"id": number, "typeid": 3, "titel": title, "periodeid": 160, "opdateringsdato": stamp}


class FakeOda:
    """Rows in memory, filtered, ordered and paged as OData says; it may change or break between two pages."""

    def __init__(self, **sets: list[Row]) -> None:
        self.sets = {"Sagstype": [{"id": 3, "type": "Lovforslag"}], "Periode": [{"id": 160, "kode": "20261"}]} | sets
        self.asked: list[str] = []
        self.before: Callable[[int], None] = lambda _: None  # is told the number of the request, from 0

    def answer(self, request: Request) -> Response:
        self.asked.append(request.url)
        self.before(len(self.asked) - 1)
        parts = urlsplit(request.url)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        rows = [row for row in self.sets.get(parts.path.rpartition("/")[2], []) if self._kept(row, query)]
        rows.sort(key=lambda row: tuple(str(row.get(name)).zfill(40) for name in query["$orderby"].split(",")))
        skip = int(query["$skip"])
        return response(json.dumps({"value": rows[skip : skip + min(int(query["$top"]), 100)]}), url=request.url)

    @staticmethod
    def _kept(row: Row, query: Mapping[str, str]) -> bool:
        if "$filter" not in query:
            return True
        field, operator, value = query["$filter"].split()
        assert (field, operator) == ("opdateringsdato", "ge")
        return str(row["opdateringsdato"]) >= value.removeprefix("datetime'").removesuffix("'")

    def poll(self, cursor: Cursor | None = None, now: datetime = NOW) -> Polled:
        return played(feeds.load("folketinget").poll(cursor or Cursor(), Occasion(now=now)), self.answer)


def played(exchange: Exchange[Polled], answer: Callable[[Request], Response]) -> Polled:
    """Drives an exchange as the client does: failures are thrown into it."""
    try:
        request = next(exchange)
        while True:
            try:
                given = answer(request)
            except SourceError as error:
                request = exchange.throw(error)
            else:
                request = exchange.send(given)
    except StopIteration as done:
        result: Polled = done.value
        return result


def guids(polled: Polled) -> list[str]:
    return [entry.guid for entry in polled.entries]


def minutes(count: int, *, until: datetime = LOCAL, apart: float = 1) -> list[Row]:
    """Rows, ``apart`` minutes from each other, the last one at ``until``."""
    return [sag(n, until - timedelta(minutes=apart * (count - n))) for n in range(1, count + 1)]


# ---------------------------------------------------------------- paging


def test_the_first_poll_reads_two_days() -> None:
    old, new = sag(1, LOCAL - timedelta(hours=48, seconds=1)), sag(2, LOCAL - timedelta(hours=48))
    assert guids(FakeOda(Sag=[old, new]).poll()) == ["sag-2"]


def test_every_page_is_read_and_each_row_is_taken_once() -> None:
    oda = FakeOda(Sag=minutes(1234))
    found = guids(oda.poll())
    assert len(found) == len(set(found)) == 1234
    assert len([url for url in oda.asked if "/Sag?" in url]) == 14


def test_rows_that_change_between_two_pages_push_no_other_out() -> None:
    oda = FakeOda(Sag=minutes(300))

    def change(number: int) -> None:
        if number == 1:
            for row in oda.sets["Sag"][:10]:
                row["opdateringsdato"] = LOCAL.isoformat()

    oda.before = change
    assert set(guids(oda.poll())) == {f"sag-{n}" for n in range(1, 301)}


def test_a_failure_in_the_second_page_keeps_the_first_and_skips_nothing() -> None:
    oda = FakeOda(Sag=minutes(250, until=LOCAL - timedelta(hours=20)))

    def fail(number: int) -> None:
        if number == 1:
            raise Unreachable("does not answer; it is tried again", subject="https://oda.ft.dk/api/Sag")

    oda.before = fail
    first = oda.poll()
    assert guids(first) == [f"sag-{n}" for n in range(1, 101)]
    assert [problem.kind for problem in first.problems] == ["unreachable"]
    oda.before = lambda _: None
    second = oda.poll(first.cursor)
    assert second.problems == ()
    assert set(guids(first)) | set(guids(second)) == {f"sag-{n}" for n in range(1, 251)}


def test_a_failure_in_the_first_page_leaves_the_cursor_where_it_was() -> None:
    oda = FakeOda(Sag=minutes(5), Dokument=[])
    before = oda.poll().cursor

    def fail(*entities: str) -> None:
        if any(f"/{entity}?" in oda.asked[-1] for entity in entities):
            raise SourceFault("answers 500; it is tried again", subject=oda.asked[-1])

    oda.before = lambda _: fail("Sag")
    partly = oda.poll(before)
    assert partly.cursor == before
    assert [problem.kind for problem in partly.problems] == ["source_fault"]
    oda.before = lambda _: fail("Sag", "Dokument")
    with pytest.raises(SourceFault, match=r"/Sag\?.*tried again"):
        oda.poll(before)


def test_more_than_one_poll_can_hold_is_read_by_the_next_ones() -> None:
    oda = FakeOda(Sag=minutes(5000, until=LOCAL - timedelta(hours=4), apart=0.25))
    cursor, found, polls = Cursor(), set[str](), 0
    while len(found) < 5000:
        polled = oda.poll(cursor)
        found |= set(guids(polled))
        cursor, polls = polled.cursor, polls + 1
        assert polls < 4
    assert polls == 2


@pytest.mark.parametrize("at", [LOCAL - timedelta(hours=5), LOCAL - timedelta(minutes=5)], ids=["long ago", "just now"])
def test_a_mass_update_with_one_stamp_does_not_stop_the_feed(at: datetime) -> None:
    oda = FakeOda(Sag=[sag(n, at) for n in range(1, 6001)])
    cursor, found = Cursor(), set[str]()
    for _ in range(4):
        polled = oda.poll(cursor)
        found |= set(guids(polled))
        cursor = polled.cursor
    assert len(found) == 6000
    assert "Sag.skip" not in cursor.state


# ---------------------------------------------------------------- the cursor


def test_what_is_committed_late_is_still_found() -> None:
    oda = FakeOda(Sag=[sag(1, LOCAL - timedelta(minutes=10))])
    cursor = oda.poll().cursor
    oda.sets["Sag"].append(sag(2, LOCAL - timedelta(minutes=100)))
    assert "sag-2" in guids(oda.poll(cursor, NOW + timedelta(minutes=15)))


def test_the_cursor_never_goes_back_and_rests_where_nothing_comes() -> None:
    oda = FakeOda(Sag=minutes(3))
    first = oda.poll().cursor
    oda.sets["Sag"].clear()
    second = oda.poll(first, NOW + timedelta(days=3)).cursor
    assert second.state["Sag.since"] == first.state["Sag.since"] == (LOCAL - timedelta(hours=2)).isoformat()


def test_a_stamp_in_the_future_moves_nothing_beyond_now() -> None:
    oda = FakeOda(Sag=[sag(1, LOCAL + timedelta(days=400))])
    cursor = oda.poll().cursor
    assert cursor.state["Sag.since"] == (LOCAL - timedelta(hours=2)).isoformat()
    oda.sets["Sag"].append(sag(2, LOCAL + timedelta(minutes=5)))
    assert "sag-2" in guids(oda.poll(cursor, NOW + timedelta(minutes=15)))


def test_the_night_that_is_an_hour_longer_loses_nothing() -> None:
    """At 02:10 winter time, rows stamped 02:50 of summer time are on file already."""
    night = datetime(2026, 10, 25, 2, 50)
    oda = FakeOda(Sag=[sag(1, night)])
    first = oda.poll(now=datetime(2026, 10, 25, 0, 55, tzinfo=UTC))  # 02:55, the first time
    assert guids(first) == ["sag-1"]
    oda.sets["Sag"].append(sag(2, datetime(2026, 10, 25, 2, 5)))
    second = oda.poll(first.cursor, datetime(2026, 10, 25, 1, 10, tzinfo=UTC))  # 02:10, the second time
    assert "sag-2" in guids(second)
    oda.sets["Sag"].append(sag(3, datetime(2026, 10, 25, 2, 20)))
    third = oda.poll(second.cursor, datetime(2026, 10, 25, 1, 25, tzinfo=UTC))
    assert "sag-3" in guids(third)


@pytest.mark.parametrize("since", ["", "yesterday", "2026-13-45T00:00:00"])
def test_a_cursor_that_cannot_be_read_is_a_first_poll(since: str) -> None:
    oda = FakeOda(Sag=minutes(3))
    polled = oda.poll(Cursor(state={"Sag.since": since, "Sag.skip": "²", "Sagstype": "{", "Periode": "[1]"}))
    assert len(polled.entries) == 3
    assert {entry.form for entry in polled.entries} == {"Lovforslag"}


def test_tables_of_more_than_a_page_are_read_whole() -> None:
    oda = FakeOda(Sag=minutes(1), Periode=[{"id": n, "kode": f"20{n:03}"} for n in range(1, 161)])
    (entry,) = oda.poll().entries
    assert entry.url == f"{_odata.API}/Sag(1)"  # a bill without a number
    assert sum("/Periode?" in url for url in oda.asked) == 2


# ---------------------------------------------------------------- any bytes, any row


@settings(max_examples=150, deadline=None)
@given(body=st.binary(max_size=400), status=st.sampled_from([200, 204]))
def test_no_bytes_raise_anything_but_a_source_error(body: bytes, status: int) -> None:
    with pytest.raises(SourceError):
        poll("folketinget", response(body, status=status), response(body, status=status))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
FIELDS = sorted(_ftrows._KNOWN_CASE | _ftrows._KNOWN_PAPER)


@settings(max_examples=300, deadline=None)
@given(rows=st.lists(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=12), max_size=4))
def test_no_row_raises_anything_but_a_source_error(rows: list[Row]) -> None:
    oda = FakeOda()
    oda.answer = lambda request: response(json.dumps({"value": rows}), url=request.url)  # type: ignore[method-assign]
    try:
        polled = oda.poll()
    except SourceError:
        return
    for entry in polled.entries:
        assert isinstance(entry, Entry)
        assert entry.url.startswith("https://")
        assert entry.body_html
        assert entry.published_at is None or entry.published_at.tzinfo is UTC
        json.dumps([entry.title, entry.summary, entry.body_html]).encode()
