"""Both engines answer alike: the same two hundred hits, many searches, the same answers in the same order."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from articles.model import Decision, Licence, Status
from articles.ports import Hit, Query, Results
from tests.hits.conftest import AT, NEEDS_SERVER, Shelf, elasticsearch_shelf, embedded_shelf, hit

pytestmark = NEEDS_SERVER

WORDS = {
    "da": "asyl asylet desertør desertørerne soldat soldater russisk russiske ophold får far for særlig ordning afslag",
    "sv": "asyl asylsökande soldat soldater ryska uppehållstillstånd får inte avslag flykt särskild vapenvägrare",
    "no": "asyl asylet soldat soldater russisk russiske opphold avslag flukt særlig vernepliktige",
    "de": "asyl deserteur deserteure soldaten russische schutz aufenthalt ablehnung flucht kriegsdienst",
    "fr": "asile déserteur déserteurs soldats russes protection séjour refus fuite objecteur",
    "ru": "убежище дезертир дезертиры солдаты российские защита отказ бегство война",
    "en": "asylum deserter deserters soldier soldiers russian protection stay sold refusal flight eu",
    "ar": "اللجوء الجنود روسيا الحماية",
}
SEED = 20261120


def corpus(count: int) -> list[Hit]:
    drawn = random.Random(SEED)
    return [_one(drawn, number) for number in range(count)]


def _one(drawn: random.Random, number: int) -> Hit:
    language = drawn.choice(list(WORDS))
    said = WORDS[language].split()
    at = AT + timedelta(minutes=drawn.randrange(60 * 24 * 9), microseconds=drawn.randrange(3))
    return hit(
        id=f"{drawn.getrandbits(128):032x}",
        title=" ".join(drawn.choices(said, k=4)).capitalize(),
        body=". ".join(" ".join(drawn.choices(said, k=drawn.randint(3, 9))) for _ in range(drawn.randint(1, 6))),
        language=language,
        feed=drawn.choice(["dr", "svt", "ritzau_wire", "europarl"]),
        publisher=drawn.choice(["", "DR", "SVT", "Ritzau", "Europa-Parlamentet"]),
        form=drawn.choice(["", "Net", "Flash"]),
        status=drawn.choice(list(Status)),
        licence=drawn.choice(list(Licence)),
        decision=drawn.choice(list(Decision)),
        published_at=None if number % 7 == 0 else at,
        first_seen_at=at + timedelta(minutes=drawn.randrange(90)),
        thread=f"{drawn.randrange(40):032x}",
        facets={"who": tuple(drawn.sample(["soldier", "deserter", "family"], drawn.randint(0, 2)))},
    )


@pytest.fixture(scope="module")
def shelves(tmp_path_factory: pytest.TempPathFactory, server_url: str) -> Iterator[tuple[Shelf, Shelf]]:
    """One of each engine; removed and replaced hits are in it too, as in an index that has lived."""
    embedded = embedded_shelf(Path(tmp_path_factory.mktemp("agreement")))
    hits = corpus(200)
    for other in elasticsearch_shelf(server_url):
        for shelf in (embedded, other):
            shelf.index.put([hit(id=one.id, title="Earlier", body="earlier") for one in hits[:50]])
            shelf.index.put(corpus(230)[200:])
            shelf.index.put(hits)
            shelf.index.remove([one.id for one in corpus(230)[200:]])
        yield embedded, other
    embedded.close()


def _drawn_searches(count: int) -> list[str]:
    drawn = random.Random(SEED + 1)
    said = sorted({word for line in WORDS.values() for word in line.split()} | {"earlier", "ukendt"})
    return [_expression(drawn, said, 3) for _ in range(count)]


def _expression(drawn: random.Random, said: list[str], depth: int) -> str:
    kind = drawn.choice(["word", "word", "prefix", "phrase", "all", "all", "either", "without", "group"])
    if kind == "prefix":
        word = drawn.choice(said)
        return word[: drawn.randint(1, len(word))] + "*"
    if kind == "phrase":
        return '"' + " ".join(drawn.choices(said, k=2)) + '"'
    if kind == "word" or depth == 0:
        return drawn.choice(said)
    one, other = (_expression(drawn, said, depth - 1) for _ in range(2))
    made = {"all": f"{one} {other}", "either": f"{one} OR {other}", "without": f"{one} -({other})"}
    return made.get(kind, f"({one})")


SEARCHES = [
    "",
    "asyl",
    "soldater",
    "sold",
    "desertør -afslag",
    '"russisk soldat" OR "ryska soldater" OR "soldats russes"',
    "(asyl OR asile OR убежище) -(får OR refus)",
    "-asyl",
    "far*",
    *_drawn_searches(250),
]


def _plain(results: Results) -> tuple[object, ...]:
    """All of an answer but its time."""
    return results.total, results.found, results.facets, results.days


@pytest.mark.parametrize("text", SEARCHES)
def test_a_search_has_one_answer(shelves: tuple[Shelf, Shelf], text: str) -> None:
    embedded, other = (shelf.search(text, decisions=tuple(Decision), size=500) for shelf in shelves)
    assert _plain(embedded) == _plain(other)
    assert len(embedded.found) == embedded.total


@pytest.mark.parametrize("text", ["asyl OR soldat*", "får -afslag", ""])
def test_relevance_finds_the_same_hits(shelves: tuple[Shelf, Shelf], text: str) -> None:
    embedded, other = (shelf.search(text, sort="relevance", size=500) for shelf in shelves)
    assert {found.hit.id for found in embedded.found} == {found.hit.id for found in other.found}
    assert embedded.facets == other.facets


@pytest.mark.parametrize(
    "query",
    [
        Query(feeds=("dr", "svt"), size=500),
        Query(languages=("ru",), decisions=(Decision.DOUBTFUL,), size=500),
        Query(publishers=("Europa-Parlamentet",), with_withdrawn=False, size=500),
        Query(thread=f"{7:032x}", size=500),
        Query(since=AT + timedelta(days=2), until=AT + timedelta(days=5), size=500),
        Query(seen_since=AT + timedelta(days=1, minutes=3), seen_until=AT + timedelta(days=4), size=500),
        Query(text="asyl OR soldat*", size=13, offset=11),
    ],
    ids=lambda query: query.text or "filters",
)
def test_filters_have_one_answer(shelves: tuple[Shelf, Shelf], query: Query) -> None:
    embedded, other = (shelf.index.search(query) for shelf in shelves)
    assert _plain(embedded) == _plain(other)
    assert embedded.total > 0


def test_the_searches_are_worth_asking(shelves: tuple[Shelf, Shelf]) -> None:
    """Most of what is drawn finds something and not everything."""
    totals = [shelves[0].search(text, decisions=tuple(Decision), size=0).total for text in SEARCHES]
    assert sum(0 < total < 200 for total in totals) > 0.6 * len(totals)
