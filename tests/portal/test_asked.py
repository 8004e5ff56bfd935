"""From an address to a search and back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.model import Decision
from portal import _asked
from portal._asked import Asked

COPENHAGEN = ZoneInfo("Europe/Copenhagen")


def read(address: str) -> tuple[Asked, dict[str, str]]:
    return _asked.read(parse_qsl(address, keep_blank_values=True))


def test_an_empty_address_asks_for_everything_on_topic() -> None:
    assert read("") == (Asked(), {})
    assert Asked().decisions == (Decision.ON_TOPIC,)


def test_every_parameter_is_read() -> None:
    asked, wrong = read(
        "q=asyl+-visum&feed=politiken&feed=tv2&language=da&publisher=DR&decision=doubtful&since=2026-11-01"
        "&until=2026-11-19&seen_since=2026-11-19T06:00:00Z&seen_until=2026-11-20T07:00:00%2B01:00&sort=relevance"
        "&page=3&size=50&thread=abc"
    )
    assert wrong == {}
    assert asked == Asked(
        text="asyl -visum",
        feeds=("politiken", "tv2"),
        languages=("da",),
        publishers=("DR",),
        decisions=(Decision.DOUBTFUL,),
        since=date(2026, 11, 1),
        until=date(2026, 11, 19),
        seen_since=datetime(2026, 11, 19, 6, tzinfo=UTC),
        seen_until=datetime(2026, 11, 20, 6, tzinfo=UTC),
        sort="relevance",
        page=3,
        size=50,
        thread="abc",
    )


def test_a_day_is_local_and_the_last_one_is_included() -> None:
    query = _asked.query(Asked(since=date(2026, 11, 19), until=date(2026, 11, 19)), COPENHAGEN)
    assert query.since == datetime(2026, 11, 18, 23, tzinfo=UTC)
    assert query.until == datetime(2026, 11, 19, 23, tzinfo=UTC)


def test_the_day_on_which_the_clock_goes_back_has_25_hours() -> None:
    query = _asked.query(Asked(since=date(2026, 10, 25), until=date(2026, 10, 25)), COPENHAGEN)
    assert query.since is not None
    assert query.until is not None
    assert (query.until - query.since).total_seconds() == 25 * 3600


def test_a_thread_is_shown_with_its_doubtful_hits() -> None:
    assert read("thread=abc")[0].decisions == _asked.BOTH
    assert read("thread=abc&decision=on_topic")[0].decisions == (Decision.ON_TOPIC,)


def test_both_decisions_named_one_by_one_are_any() -> None:
    asked, _ = read("decision=on_topic&decision=doubtful")
    assert asked.decision == "any"


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("since=yesterday", "since"),
        ("until=2026-02-30", "until"),
        ("since=0001-01-01", "since"),
        ("until=9999-12-31", "until"),
        ("since=2026-11-20&until=2026-11-19", "until"),
        ("seen_since=2026-11-19T06:00:00", "seen_since"),
        ("seen_until=soon", "seen_until"),
        ("decision=off_topic", "decision"),
        ("sort=random", "sort"),
        ("page=0", "page"),
        ("page=-1", "page"),
        ("page=1e3", "page"),
        ("page=501", "page"),
        ("page=101&size=100", "page"),
        ("page=" + "9" * 5000, "page"),
        ("size=0", "size"),
        ("size=101", "size"),
        ("q=" + "a" * 1001, "q"),
        ("&".join(f"feed=f{n}" for n in range(31)), "feed"),
        ("publisher=" + "x" * 301, "publisher"),
    ],
)
def test_what_is_wrong_is_one_sentence_at_its_field(address: str, field: str) -> None:
    _, wrong = read(address)
    assert list(wrong) == [field]
    assert wrong[field].endswith(".")
    assert len(wrong[field]) < 140


def test_the_deepest_page_is_still_read() -> None:
    assert read("page=500")[1] == {}
    assert read("page=100&size=100")[1] == {}


def test_control_characters_never_reach_the_index() -> None:
    assert read("q=asyl%00%0a%1bvisum&feed=a%00")[0].text == "asyl visum"
    assert read("feed=a%00b")[0].feeds == ("a b",)


words = st.text(min_size=1, max_size=30).map(_asked.words).filter(bool)
days = st.dates(min_value=date(1970, 1, 1), max_value=date(2100, 12, 31))
instants = st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2100, 12, 30), timezones=st.just(UTC)).map(
    lambda at: at.replace(microsecond=0)
)


@given(
    st.builds(
        Asked,
        text=st.one_of(st.just(""), words),
        decisions=st.sampled_from([*_asked.DECISIONS.values()]),
        feeds=st.lists(words, max_size=3, unique=True).map(tuple),
        publishers=st.lists(words, max_size=3, unique=True).map(tuple),
        thread=st.one_of(st.just(""), words),
        since=st.one_of(st.none(), days),
        seen_since=st.one_of(st.none(), instants),
        sort=st.sampled_from(_asked.SORTS),
        page=st.integers(1, 100),
        size=st.integers(1, 100),
    )
)
def test_an_address_gives_back_the_search_it_was_made_of(asked: Asked) -> None:
    assert read(_asked.address(asked, page=asked.page)) == (asked, {})
