"""Via Ritzau beyond its cases: what the cursor remembers, other hosts of the platform, and answers of any kind."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.errors import SourceError
from articles.model import Article, Licence, to_json
from articles.ports import Cursor, Occasion, Polled, Response, Silence
from feeds._ritzau_press import press_service
from tests.feeds.conftest import CASES, NOW, THOROUGH, Script, poll, response, told_of

EMPTY = response('<rss version="2.0"><channel><title>t</title></channel></rss>')
LINK = "https://via.ritzau.dk/pressemeddelelse/{0}/titel?publisherId=1&amp;lang=da"


def release(number: int, **fields: Any) -> dict[str, Any]:
    url = f"/pressemeddelelse/{number}/titel?publisherId=1&lang=da"
    return {"id": number, "title": f"Nummer {number}", "url": url, "body": "<p>En tekst.</p>", **fields}


def texts(*releases: object) -> Response:
    return response(json.dumps({"releases": releases}), "https://via.ritzau.dk/json/v2/releases")


def pointers(*numbers: int) -> Response:
    items = "".join(f"<item><title>Nummer {n}</title><link>{LINK.format(n)}</link></item>" for n in numbers)
    return response(f'<rss version="2.0"><channel><title>t</title>{items}</channel></rss>')


def read(*answers: Response | SourceError, cursor: Cursor | None = None) -> Polled:
    return poll("via_ritzau", *answers, cursor=cursor.state if cursor else None)


def numbers(polled: Polled) -> list[str]:
    return [entry.guid for entry in polled.entries]


# ---------------------------------------------------------------- two lists of the same releases


def test_a_release_that_left_the_json_list_is_not_taken_from_the_rss() -> None:
    first = read(texts(release(5001), release(5002)), pointers(5002, 5001), EMPTY)
    later = read(texts(release(5003)), pointers(5003, 5002, 5001), EMPTY, cursor=first.cursor)
    assert numbers(later) == ["5003"]


def test_a_release_that_came_by_the_rss_first_gets_its_text_from_json() -> None:
    first = read(texts(), pointers(5001), EMPTY)
    later = read(texts(release(5001)), pointers(5001), EMPTY, cursor=first.cursor)
    assert [entry.address != "" for entry in first.entries] == [True]
    assert [entry.address for entry in later.entries] == [""]
    assert numbers(first) == numbers(later)


def test_the_cursor_forgets_the_oldest() -> None:
    cursor = Cursor()
    for start in range(1000, 2000, 100):
        cursor = read(texts(*map(release, range(start, start + 100))), EMPTY, EMPTY, cursor=cursor).cursor
    assert cursor.state["in_full"].split() == [str(number) for number in range(1999, 1699, -1)]


def test_a_cursor_that_means_nothing_does_no_harm() -> None:
    polled = read(texts(), pointers(5001), EMPTY, cursor=Cursor(state={"in_full": "x ²  -1", "page": "2"}))
    assert numbers(polled) == ["5001"]


def test_an_item_in_both_rss_lists_comes_once() -> None:
    assert numbers(read(texts(), pointers(5001, 5002), pointers(5002))) == ["5001", "5002"]


@pytest.mark.parametrize("part", range(3))
def test_one_list_that_fails_is_told_and_the_others_are_read(part: int) -> None:
    answers: list[Response | SourceError] = [texts(release(5001)), pointers(5002), pointers(5003)]
    answers[part] = SourceError("is away", subject="https://via.ritzau.dk")
    polled = read(*answers)
    assert len(polled.entries) == 2
    assert [problem.detail for problem in polled.problems] == ["https://via.ritzau.dk: is away"]
    assert not polled.unchanged


@pytest.mark.parametrize(
    "odd",
    [
        b"<item>&nbsp;<title>t</title><link>%s</link></item>",
        b"<item><title>a&#xD800;b&#0;c</title><link>%s</link></item>",
        b"<item><title>a</title><link>%s</link><guid>https://[not-an-address</guid></item>",
        b"<item><title>R&D & mere</title><link>%s</link></item>",
    ],
    ids=["an entity between elements", "references to no character", "a guid like an address", "stray ampersands"],
)
def test_an_odd_item_is_read_with_the_others(odd: bytes) -> None:
    items = (
        odd % LINK.format(5001).encode() + b"<item><title>b</title><link>%s</link></item>" % LINK.format(5002).encode()
    )
    polled = read(texts(), response(b'<rss version="2.0"><channel><title>t</title>%s</channel></rss>' % items), EMPTY)
    assert numbers(polled) == ["5001", "5002"]


# ---------------------------------------------------------------- the platform's other services


def test_another_service_of_the_platform_is_another_host() -> None:
    feed = press_service(
        "ntb_kommunikasjon",
        "kommunikasjon.ntb.no",
        title="NTB Kommunikasjon",
        language="no",
        schedule="*/15 * * * *",
        silent_after=Silence(),
        dossier="",
    )
    told = release(17854144, url="/pressemelding/17854144/tittel?publisherId=1")
    rss = pointers().body.replace(
        b"</channel>", b"<item><link>/pressemelding/17854145/t#sm-17854145</link></item></channel>"
    )
    script = Script(texts(told), EMPTY, response(rss, "https://kommunikasjon.ntb.no/rss/short-messages/latest"))
    polled = script.play(feed.poll(Cursor(), Occasion(now=NOW)))
    assert {address.split("/")[2] for address in script.addresses} == {"kommunikasjon.ntb.no"}
    assert [(entry.feed, entry.guid, entry.url.split("/")[2], entry.language) for entry in polled.entries] == [
        ("ntb_kommunikasjon", "17854144", "kommunikasjon.ntb.no", "no"),
        ("ntb_kommunikasjon", "17854145", "kommunikasjon.ntb.no", "no"),
    ]
    assert polled.entries[1].form == "short message"
    assert {entry.licence for entry in polled.entries} == {Licence.PRESS_RELEASE}


# ---------------------------------------------------------------- anything at all

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = ("id", "title", "url", "leadtext", "body", "keywords", "published", "publisher")
RELEASE = st.dictionaries(st.sampled_from(NAMES), JSON, max_size=8) | JSON
WHOLE = [path.read_bytes() for path in sorted(CASES.glob("via_ritzau/*/0*"))]


def survives(*answers: Response) -> list[str]:
    """What came of it; a ``SourceError`` is an answer as well, anything else is not."""
    try:
        return told_of(read(*answers))
    except SourceError as error:
        return [f"{error.kind}: {error}"]


@THOROUGH
@given(st.binary(max_size=300), st.binary(max_size=300))
def test_no_bytes_make_it_raise_anything_but_a_source_error(some: bytes, others: bytes) -> None:
    survives(response(some), response(others), response(some + others))


@THOROUGH
@given(st.sampled_from(WHOLE), st.data())
def test_no_damage_to_an_answer_does(whole: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(whole)))
    damaged = whole[:start] + data.draw(st.binary(max_size=6)) + whole[start + data.draw(st.integers(0, 60)) :]
    survives(response(damaged), response(damaged), EMPTY)


@THOROUGH
@given(st.lists(RELEASE, max_size=4))
def test_every_release_becomes_an_entry_or_is_rejected(releases: list[object]) -> None:
    polled = read(texts(*releases), EMPTY, EMPTY)
    assert len(polled.entries) + len(polled.rejected) == len(releases)
    for entry in polled.entries:
        assert entry.guid.isdecimal()
        assert entry.url == "" or entry.url.startswith(("http://", "https://"))
        assert to_json(Article(entry=entry))
