"""What is shown of a hit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.errors import QueryError
from articles.model import Licence
from articles.ports import Found, Marked
from hits._passages import LENGTH, found
from hits._query import parse
from tests.hits.conftest import hit

BODY = (
    "Nævnet mødtes tirsdag. Desertørerne fik asyl, og en desertør fik ophold.\n\n"
    "Regnen fortsatte hele dagen. Om asyl blev der talt længe. Til sidst gik de hjem."
)


def shown(text: str, **changes: object) -> Found:
    (one,) = found([hit(**{"body": BODY, **changes})], parse(text))
    return one


def marked(passage: Marked) -> list[str]:
    return [passage.text[start:end] for start, end in passage.marks]


def test_the_sentences_with_most_of_what_was_looked_for_in_reading_order() -> None:
    passages = shown("desertør asyl").passages
    assert [passage.text for passage in passages] == [
        "Desertørerne fik asyl, og en desertør fik ophold.",
        "Om asyl blev der talt længe.",
    ]
    assert [marked(passage) for passage in passages] == [["Desertørerne", "asyl", "desertør"], ["asyl"]]


def test_the_title_is_marked_too() -> None:
    assert marked(shown("asyl*", title="Asylansøger får asyl").title) == ["Asylansøger", "asyl"]


def test_a_phrase_is_one_mark_and_its_words_alone_are_none() -> None:
    passages = shown('"desertør fik"').passages
    assert [marked(passage) for passage in passages] == [["Desertørerne fik", "desertør fik"]]


def test_a_phrase_over_the_end_of_a_sentence_is_shown_whole() -> None:
    (passage,) = shown('"tirsdag desertørerne"').passages
    assert marked(passage) == ["tirsdag. Desertørerne"]


def test_what_must_not_occur_is_never_marked() -> None:
    assert [marked(passage) for passage in shown("ophold -vinter").passages] == [["ophold"]]


@pytest.mark.parametrize("text", ["", "-vinter", "Udlændingeministeriet"])
def test_evidence_is_shown_where_nothing_matches(text: str) -> None:
    assert shown(text, evidence=("Desertørerne fik asyl.",)).passages == (Marked(text="Desertørerne fik asyl."),)


def test_the_first_sentence_where_there_is_no_evidence_either() -> None:
    assert shown("", evidence=()).passages == (Marked(text="Nævnet mødtes tirsdag."),)
    assert shown("", evidence=(), body=" \n").passages == ()


def test_a_sentence_that_returns_is_shown_once() -> None:
    assert len(shown("asyl", body="Om asyl. " * 9).passages) == 1


def test_a_quotation_stays_a_quotation() -> None:
    body = "Et ord om asyl her. Et ord om asyl der. Et tredje ord om asyl."
    assert len(shown("asyl", licence=Licence.HEADLINE, body=body).passages) == 1
    assert len(shown("asyl", licence=Licence.OPEN, body=body).passages) == 3


def test_a_long_sentence_is_cut_around_the_match_at_words() -> None:
    (passage,) = shown("asyl", body="meget " * 500 + "asyl " + "mere " * 500).passages
    assert marked(passage) == ["asyl"]
    assert passage.text.startswith("… meget")
    assert passage.text.endswith("mere …")
    assert len(passage.text) <= LENGTH + 4


def test_a_word_is_marked_by_the_stem_of_the_texts_own_language() -> None:
    assert marked(shown("soldater", language="en", title="Weapons were sold").title) == []
    assert marked(shown("soldaten", language="sv", title="Soldater fick asyl").title) == ["Soldater"]


def test_marks_count_characters_whatever_the_script() -> None:
    title = "🇷🇺 Дезертиры 👨‍👩‍👧 و اللجوء — de\u00adser\u00adtør"
    assert marked(shown("дезертир* OR اللجوء OR desertør", language="ru", title=title).title) == [
        "Дезертиры",
        "اللجوء",
        "de\u00adser\u00adtør",
    ]


@given(
    st.text(alphabet=st.sampled_from("ab. \n\t!?æй🙂…"), max_size=700),
    st.sampled_from(["a", "ab*", '"a b"', "a OR b", "-a", '"a b" a b*']),
)
def test_marks_lie_in_the_passage_apart_from_each_other(body: str, text: str) -> None:
    try:
        tree = parse(text)
    except QueryError:
        return
    (shown_of_it,) = found([hit(body=body, evidence=())], tree)
    for passage in shown_of_it.passages:
        assert len(passage.text) <= LENGTH + 4
        places = [0, *(place for mark in passage.marks for place in mark), len(passage.text)]
        assert places == sorted(places)
        assert all(end > start for start, end in passage.marks)
