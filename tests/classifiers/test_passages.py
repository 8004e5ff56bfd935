"""A text as passages: whole sentences, nothing lost, each short enough, and a bounded number of them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

import topics
from articles.model import Text
from classifiers import transformer
from classifiers._passages import MOST, TOKENS, passages, prompt
from classifiers._sentences import sentences

RUSSIA = transformer.first_read(topics.load("russian_defector_asylum"))


def words(texts: Sequence[str]) -> list[int]:
    """A token is a word."""
    return [len(text.split()) for text in texts]


def text(body: str, title: str = "", language: str = "en") -> Text:
    return Text(title=title, body=body, language=language, extractor="test/1")


def numbered(count: int, length: int = 12) -> str:
    return " ".join(
        f"Sentence {n} " + "says nothing at all that matters here " * (length // 7) + "today." for n in range(count)
    )


def test_a_short_text_is_one_passage() -> None:
    found = passages(text("Only this. And that."), words)
    assert [(p.start, p.end) for p in found] == [(0, 20)]


def test_a_text_without_a_word_has_none() -> None:
    assert passages(text(""), words) == []
    assert passages(text(" \n\n "), words) == []


def test_every_sentence_is_read_and_neighbours_are_read_together() -> None:
    body = numbered(60)
    found = passages(text(body, "A title"), words)
    spans = sentences(body, "en")
    assert [s for s in spans if not any(s in p.sentences for p in found)] == []
    together = {pair for p in found for pair in itertools.pairwise(p.sentences)}
    assert together == set(itertools.pairwise(spans))


def test_a_passage_is_short_enough_with_the_title_beside_it() -> None:
    title = "Twelve words of title stand here beside each of the many passages"
    body = numbered(60)
    for passage in passages(text(body, title), words):
        assert sum(words([title, body[passage.start : passage.end]])) <= TOKENS


def test_a_sentence_too_long_for_a_passage_is_read_in_parts() -> None:
    body = "First. " + "word " * 390 + "end of it. Last one here."
    found = passages(text(body), words)
    parts = [p for p in found if p.start != p.sentences[0].start or p.end != p.sentences[-1].end]
    assert len(parts) == 4
    assert {len(p.sentences) for p in parts} == {1}
    assert "".join(body[p.start : p.end] for p in parts) == body[7:-15]
    assert max(words([body[p.start : p.end] for p in found])) <= TOKENS
    assert found[-1].end == len(body)


def test_of_a_very_long_text_the_passages_that_name_russia_are_read() -> None:
    filler = numbered(4000)
    body = f"{filler}\n\nThe Russian deserter may stay.\n\n{filler}"
    found = passages(text(body), words, RUSSIA)
    assert len(found) == MOST == len(passages(text(body), words))
    assert any("Russian deserter" in body[p.start : p.end] for p in found)
    assert [p.start for p in found] == sorted(p.start for p in found)
    assert found[-1].start > len(body) * 0.9
    assert found[0].start < len(body) * 0.1


def test_russia_is_recognised_in_every_language() -> None:
    named = (
        *("russiske", "Rusland", "ryska", "Ryssland", "Russland", "russische", "Russian", "russes", "Russie", "Rusia"),
        *("rusos", "russo", "venäläinen", "Venäjä", "venelased", "Venemaa", "krievu", "Krievija", "Rusija", "rusų"),
        *("rosyjski", "Rosja", "Rosjanin", "российский", "русский", "Россия", "Росія", "російський", "ruský", "orosz"),
        *("Rus", "Kremlin", "Moskva", "Moscow", "Путин"),
    )
    assert RUSSIA is not None
    assert [word for word in named if not RUSSIA.search(word)] == []
    assert not RUSSIA.search("Danish farmers protest against the new tax")


def test_the_title_stands_before_the_passage_once() -> None:
    assert prompt("A title.", "Words.") == "passage: A title. Words."
    assert prompt("", "Words.") == "passage: Words."
    assert "\ud800" not in prompt("\ud800", "\udfff")


@given(st.text(max_size=400), st.text(max_size=60))
def test_any_text_is_cut_without_a_gap(body: str, title: str) -> None:
    found = passages(text(body, title), words)
    spans = sentences(body, "en")
    assert {s for p in found for s in p.sentences} == set(spans)
