"""What both engines promise."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from articles.errors import QueryError
from articles.model import Decision, Licence, Status
from articles.ports import Query, Tally
from hits._document import FURTHEST, hit_from, plain
from tests.hits.conftest import AT, ENGINES, HIT, Shelf, hit, on, opened

EVERY = tuple(Decision)


# ---------------------------------------------------------------- putting


def test_an_index_that_nobody_wrote_to_is_empty(shelf: Shelf) -> None:
    found = shelf.search()
    assert (found.total, found.found, found.days) == (0, (), {})
    assert found.facets["feed"] == {}
    assert shelf.index.get(HIT.id) is None
    shelf.index.remove([HIT.id])
    assert shelf.search("asyl -visum OR (a* b)").total == 0


def test_what_was_put_is_found_and_read_back_whole(shelf: Shelf) -> None:
    assert shelf.index.put([HIT]) == Tally(read=1, written=1)
    assert shelf.index.get(HIT.id) == HIT
    (found,) = shelf.search("desertør").found
    assert found.hit == HIT
    assert shelf.index.get("nope") is None
    assert shelf.index.get("") is None


def test_sparse_and_strange_hits_are_read_back_whole(shelf: Shelf) -> None:
    strange = [
        hit(published_at=None, evidence=(), facets={}, also=(), publisher="", form="", language="", url="", title=""),
        hit(published_at=datetime(1, 1, 1, tzinfo=UTC), first_seen_at=AT + timedelta(microseconds=1), version=7),
        hit(title="\0\x1b[31m <b>&amp; \u202eрус\u202c 👨‍👩‍👧 اللجوء", publisher="x" * 5000, body="a" * 70_000),
        hit(id='id/with "signs" æ%20', thread="* OR 1", facets={"who": ("a=b", "æ"), "status": ("x",)}),
    ]
    assert shelf.index.put(strange).written == 4
    assert [shelf.index.get(one.id) for one in strange] == strange
    assert shelf.search(size=10).total == 4
    assert shelf.search(thread="* OR 1").total == 1


def test_half_a_character_is_replaced_and_loses_nothing_else(shelf: Shelf) -> None:
    shelf.index.put([
        hit(title="Asyl \ud83d her", body="Et \udfff ord.", evidence=("\ud800",), grounds={"a/b": ("\udc00",)})
    ])
    (found,) = shelf.search("asyl her").found
    assert (found.hit.title, found.hit.body, found.hit.evidence) == ("Asyl ? her", "Et ? ord.", ("?",))
    assert found.hit.grounds == {"a/b": ("?",)}


def test_the_sentence_under_a_facet_is_kept_and_not_searched(shelf: Shelf) -> None:
    grounds = {"who/soldier": ("En løjtnant.", "Han er rømmet."), "protection/asylum": ()}
    shelf.index.put([hit(title="Kept", grounds=grounds)])
    (found,) = shelf.search("kept").found
    assert found.hit.grounds == grounds
    assert shelf.titles("løjtnant") == []


def test_a_hit_that_was_put_before_there_were_grounds_has_none() -> None:
    held = plain(HIT)
    assert held.pop("grounds")
    assert hit_from(held) == dataclasses.replace(HIT, grounds={})


def test_a_later_version_takes_the_place_of_the_earlier_one(shelf: Shelf) -> None:
    shelf.index.put([HIT, hit(title="Another")])
    corrected = dataclasses.replace(HIT, title="Rettet", version=2, status=Status.CORRECTION)
    shelf.index.put([dataclasses.replace(HIT, title="Mellem"), corrected])
    assert shelf.index.get(HIT.id) == corrected
    assert shelf.titles() == ["Another", "Rettet"]
    assert shelf.search().facets["status"] == {"correction": 1, "new": 1}
    assert shelf.titles("mellem") == []


def test_what_was_removed_is_gone_and_removing_it_again_is_no_error(shelf: Shelf) -> None:
    kept = hit(title="Kept")
    shelf.index.put([HIT, kept])
    shelf.index.remove([HIT.id, "never there"])
    shelf.index.remove([HIT.id])
    shelf.index.remove([])
    assert shelf.index.get(HIT.id) is None
    assert shelf.titles() == ["Kept"]


def test_nothing_is_put(shelf: Shelf) -> None:
    assert shelf.index.put([]) == Tally()
    assert shelf.search().total == 0


def test_another_handle_sees_what_was_put_removed_and_rebuilt(shelf: Shelf) -> None:
    other = shelf.open()
    assert other.search(Query()).total == 0
    shelf.index.put([HIT])
    assert other.get(HIT.id) == HIT
    shelf.index.remove([HIT.id])
    assert other.search(Query()).total == 0
    shelf.index.rebuild([hit(title="Anew")])
    assert [found.hit.title for found in other.search(Query()).found] == ["Anew"]
    other.put([HIT])
    assert shelf.titles() == ["Anew", HIT.title]


def test_a_rebuild_takes_the_old_ones_place_at_once(shelf: Shelf) -> None:
    shelf.index.put([hit(title="Old")])
    seen: list[list[str]] = []

    def anew():  # type: ignore[no-untyped-def]
        for number in range(3):
            seen.append(shelf.titles())
            yield hit(title=f"New {number}")

    assert shelf.index.rebuild(anew()) == Tally(read=3, written=3)
    assert seen == [["Old"]] * 3
    assert shelf.titles() == ["New 0", "New 1", "New 2"]
    assert shelf.index.rebuild([]) == Tally()
    assert shelf.titles() == []


def test_a_rebuild_that_fails_leaves_the_old_one(shelf: Shelf) -> None:
    shelf.index.put([hit(title="Old")])

    def broken():  # type: ignore[no-untyped-def]
        yield hit(title="New")
        raise ConnectionError("the ledger went away")

    with pytest.raises(ConnectionError):
        shelf.index.rebuild(broken())
    assert shelf.titles() == ["Old"]
    shelf.index.put([hit(title="Later")])
    shelf.index.rebuild([hit(title="New")])
    assert shelf.titles() == ["New"]


def test_a_megabyte_is_put_found_and_shown_in_short(shelf: Shelf) -> None:
    body = "Et ord følger et ord. " * 47_000 + "Til sidst nævnes en desertør."
    assert len(body) > 1_000_000
    shelf.index.put([hit(body=body), hit(body="Kort.", title="Kort")])
    (found,) = shelf.search("nævnes desertør", sort="relevance").found
    assert found.hit.body == body
    assert [passage.text for passage in found.passages] == ["Til sidst nævnes en desertør."]


# ---------------------------------------------------------------- the language


TEXTS = {
    "da": "De russiske desertører får asyl efter en særlig ordning, siger ministeren om mulighederne.",
    "sv": "Ryska soldater på flykt får inte asyl i dag.",
    "de": "Russische Deserteure erhalten Schutz in der Bundesrepublik.",
    "fr": "Les déserteurs russes demandent l'asile à Paris.",
    "ru": "Российские дезертиры просят убежища в Европе.",
    "en": "Deserters were sold a story about humanitarian visas.",
    "ar": "يطلب الجنود اللجوء في أوروبا",
    "": "Zbiegli żołnierze proszą o azyl.",
}


@pytest.fixture(scope="module", params=ENGINES)
def library(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    """One text in each language, on a shelf of each engine in turn."""
    for shelf in opened(request, tmp_path_factory.mktemp("library")):
        shelf.index.put(hit(language=language, body=body, title="Titel") for language, body in TEXTS.items())
        yield shelf


@pytest.mark.parametrize(
    ("text", "languages"),
    [
        ("desertør", "da"),
        ("desertørerne", "da"),
        ("DESERTØR", "da"),
        ("desertor", ""),
        ("asyl", "da sv"),
        ("asyl -inte", "da"),
        ("asyl minister", "da"),
        ("asyl visum", ""),
        ("får", "da sv"),
        ("far", ""),
        ("soldat", "sv"),
        ("deserteur", "de"),
        ("déserteur", "fr"),
        ("asile", "fr"),
        ("дезертир", "ru"),
        ("дезертиров", "ru"),
        ("اللجوء", "ar"),
        ("azyl", "_"),
        ("visa", "en"),
        ("titel", "da sv de fr ru en ar _"),
        ('"russiske desertører"', "da"),
        ('"særlig ordning"', "da"),
        ('"ordning særlig"', ""),
        ('"russiske asyl"', ""),
        ('"titel de russiske"', ""),
        ('"en særlige ordninger"', "da"),
        ("desert*", "da de en"),
        ("DESERT*", "da de en"),
        ("desertører*", "da"),
        ("dés*", "fr"),
        ("дез*", "ru"),
        ("minist* OR visas", "da en"),
        ("(asyl OR visa) -(inte OR story)", "da"),
        ("-asyl", "de fr ru en ar _"),
        ("-asyl -titel", ""),
        ("asyl OR -titel", "da sv"),
        ("l'asile", "fr"),
        ("🙂 asyl", "da sv"),
        ("sær\u00adlig", "da"),
        ("sa\u0308rskild OR ryska", "sv"),
    ],
)
def test_what_a_search_finds(library: Shelf, text: str, languages: str) -> None:
    found = {one.hit.language or "_" for one in library.search(text).found}
    assert found == set(languages.split())


@pytest.mark.parametrize(
    "text",
    [
        "title_words:da:asyl",
        'body_words:"asyl"',
        "asyl~2 visum^9",
        "+asyl && !visum || {a TO b} [1 TO 2]",
        "/./ AND hit.id",
        '{"match_all": {}}',
        "_exists_:title \\\\ \\",
        "<script>alert(1)</script>",
        "asyl\x00visum",
        "'; DROP TABLE hits; --x",
        "\ud800 asyl",
    ],
)
def test_no_syntax_of_an_engine_is_reached(library: Shelf, text: str) -> None:
    assert library.search(text).total == (2 if text == "\ud800 asyl" else 0)


def test_a_search_that_cannot_be_read_is_refused_by_both(shelf: Shelf) -> None:
    with pytest.raises(QueryError) as caught:
        shelf.search('asyl "åben')
    assert caught.value.position == 5


def test_the_title_weighs_more_than_the_body(shelf: Shelf) -> None:
    shelf.index.put([
        hit(title="Om vejret", body="Et ord om asyl i dag.", published_at=on(9)),
        hit(title="Asyl i dag", body="Et ord om vejret."),
        hit(title="Intet", body="Intet."),
    ])
    assert shelf.order("asyl", sort="relevance") == ["Asyl i dag", "Om vejret"]
    assert shelf.order("asyl", sort="newest") == ["Om vejret", "Asyl i dag"]


# ---------------------------------------------------------------- filters, order, pages


def test_filters(shelf: Shelf) -> None:
    shelf.index.put([
        hit(title="a", feed="dr", language="da", publisher="DR", thread="x"),
        hit(title="b", feed="svt", language="sv", publisher="SVT", thread="x", decision=Decision.DOUBTFUL),
        hit(title="c", feed="ritzau_wire", publisher="Ritzau", status=Status.WITHDRAWN),
    ])
    assert shelf.titles() == ["a", "c"]
    assert shelf.titles(decisions=EVERY) == ["a", "b", "c"]
    assert shelf.titles(decisions=()) == ["a", "b", "c"]
    assert shelf.titles(decisions=(Decision.DOUBTFUL,)) == ["b"]
    assert shelf.titles(decisions=EVERY, with_withdrawn=False) == ["a", "b"]
    assert shelf.titles(decisions=EVERY, feeds=("dr", "svt")) == ["a", "b"]
    assert shelf.titles(decisions=EVERY, languages=("sv",)) == ["b"]
    assert shelf.titles(decisions=EVERY, publishers=("Ritzau", "nobody")) == ["c"]
    assert shelf.titles(decisions=EVERY, publishers=("ritzau",)) == []
    assert shelf.titles(decisions=EVERY, thread="x", feeds=("dr",)) == ["a"]
    assert shelf.titles("asyl", feeds=("",)) == []


def test_windows_take_their_beginning_and_leave_their_end(shelf: Shelf) -> None:
    tick = timedelta(microseconds=1)
    shelf.index.put([
        hit(title="early", published_at=on(0), first_seen_at=on(60)),
        hit(title="late", published_at=on(10), first_seen_at=on(50)),
        hit(title="undated", published_at=None, first_seen_at=on(20)),
    ])
    assert shelf.titles(since=on(10)) == ["late", "undated"]
    assert shelf.titles(since=on(10) + tick) == ["undated"]
    assert shelf.titles(until=on(10)) == ["early"]
    assert shelf.titles(until=on(10) + tick) == ["early", "late"]
    assert shelf.titles(since=on(20), until=on(21)) == ["undated"]
    assert shelf.titles(seen_since=on(50)) == ["early", "late"]
    assert shelf.titles(seen_until=on(50)) == ["undated"]
    assert shelf.titles(seen_since=on(20), seen_until=on(60)) == ["late", "undated"]
    assert shelf.titles(since=datetime(1, 1, 1, tzinfo=UTC)) == ["early", "late", "undated"]


def test_a_window_without_a_zone_is_refused(shelf: Shelf) -> None:
    shelf.index.put([HIT])
    with pytest.raises(QueryError, match="has no time zone"):
        shelf.search(since=datetime(2026, 11, 20))


def test_newest_first_and_by_id_at_one_instant(shelf: Shelf) -> None:
    hits = [hit(id=f"{number:032x}", title=str(number), published_at=on(number // 3)) for number in range(9)]
    shelf.index.put(reversed(hits))
    assert shelf.order() == ["6", "7", "8", "3", "4", "5", "0", "1", "2"]


@pytest.mark.parametrize("sort", ["newest", "relevance"])
def test_pages_hold_every_hit_once(shelf: Shelf, sort: str) -> None:
    for batch in range(3):  # several segments
        shelf.index.put(hit(title=f"Asyl {batch}", published_at=on(number % 2)) for number in range(40))
    pages = [shelf.search("asyl", sort=sort, size=7, offset=offset) for offset in range(0, 126, 7)]
    ids = [found.hit.id for page in pages for found in page.found]
    assert {page.total for page in pages} == {120}
    assert len(ids) == len(set(ids)) == 120
    assert shelf.search("asyl", size=500).total == len(shelf.search("asyl", size=500).found)


def test_a_page_may_hold_nothing(shelf: Shelf) -> None:
    shelf.index.put([HIT])
    counted = shelf.search(size=0)
    assert (counted.total, counted.found, counted.facets["feed"]) == (1, (), {"via_ritzau": 1})
    assert shelf.search(offset=50).found == ()


@pytest.mark.parametrize(
    "more", [{"offset": FURTHEST}, {"size": FURTHEST + 1}, {"size": -1}, {"offset": -1}, {"sort": "oldest"}]
)
def test_what_no_engine_gives_is_refused(shelf: Shelf, more: dict[str, object]) -> None:
    with pytest.raises(QueryError, match=";"):
        shelf.search(**more)
    assert shelf.search(offset=FURTHEST - 20).total == 0


# ---------------------------------------------------------------- counts


def test_counts_are_over_everything_that_was_found(shelf: Shelf) -> None:
    shelf.index.put(
        hit(
            feed=f"feed{number % 3}",
            licence=Licence.OPEN if number % 2 else Licence.HEADLINE,
            publisher="" if number < 10 else "P",
            facets={"who": ("soldier", "deserter")} if number < 4 else {},
        )
        for number in range(30)
    )
    shelf.index.put([hit(feed="other", decision=Decision.DOUBTFUL)])
    found = shelf.search("asyl", size=2)
    assert found.facets == {
        "topic": {"russian_defector_asylum": 30},
        "feed": {"feed0": 10, "feed1": 10, "feed2": 10},
        "publisher": {"P": 20},
        "form": {"Net": 30},
        "language": {"da": 30},
        "status": {"new": 30},
        "licence": {"headline": 15, "open": 15},
        "decision": {"on_topic": 30},
        "who": {"deserter": 4, "soldier": 4},
    }
    assert found.took_ms >= 0


def test_more_values_than_an_engine_counts_by_default(shelf: Shelf) -> None:
    shelf.index.put(hit(publisher=f"p{number:03d}") for number in range(150))
    assert len(shelf.search().facets["publisher"]) == 150


def test_days_begin_in_copenhagen(shelf: Shelf) -> None:
    shelf.index.put([
        hit(published_at=datetime(2026, 11, 19, 22, 59, tzinfo=UTC)),
        hit(published_at=datetime(2026, 11, 19, 23, 0, tzinfo=UTC)),
        hit(published_at=datetime(2026, 7, 1, 22, 0, tzinfo=UTC)),
        hit(published_at=None, first_seen_at=datetime(2026, 11, 20, 22, 59, tzinfo=UTC)),
    ])
    assert list(shelf.search(size=1).days.items()) == [
        (date(2026, 7, 2), 1),
        (date(2026, 11, 19), 1),
        (date(2026, 11, 20), 2),
    ]
