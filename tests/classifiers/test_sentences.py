from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers._sentences import sentences


def cut(body: str, language: str = "da") -> list[str]:
    return [body[span.start : span.end] for span in sentences(body, language)]


def test_abbreviations_dates_and_titles_end_no_sentence() -> None:
    assert cut("Vi skal f.eks. hjælpe dem, siger hr. Holm. Det blev bl.a. sagt kl. 12.30 den 3. marts.") == [
        "Vi skal f.eks. hjælpe dem, siger hr. Holm.",
        "Det blev bl.a. sagt kl. 12.30 den 3. marts.",
    ]
    assert cut("Am 3. Oktober kam er z. B. nach Bonn. Danach ging er.", "de") == [
        "Am 3. Oktober kam er z. B. nach Bonn.",
        "Danach ging er.",
    ]


def test_each_line_that_opens_with_a_dash_begins_anew() -> None:
    body = "- Vi tager dem, der tør, siger hun\n- Og de andre?\n- Nej. Ikke dem!"
    assert cut(body) == ["- Vi tager dem, der tør, siger hun", "- Og de andre?", "- Nej.", "Ikke dem!"]


def test_a_quotation_keeps_its_closing_mark() -> None:
    assert cut("»De kan få ophold hos os.« Det siger ministeren. Han tøver.") == [
        "»De kan få ophold hos os.«",
        "Det siger ministeren.",
        "Han tøver.",
    ]


def test_a_blank_line_ends_a_sentence_and_a_wrapped_line_does_not() -> None:
    body = "Hvad med russerne, der flygter\n\nDe mænd, der ikke vil i krig for Rusland, kan søge om\nasyl. Det kan de."
    assert cut(body) == [
        "Hvad med russerne, der flygter",
        "De mænd, der ikke vil i krig for Rusland, kan søge om\nasyl.",
        "Det kan de.",
    ]


def test_a_list_of_short_lines_is_not_one_sentence() -> None:
    assert cut("Underskrevet af\nA. Holm (Grønne)\nB. Dal (Liberale)") == [
        "Underskrevet af",
        "A. Holm (Grønne)",
        "B. Dal (Liberale)",
    ]


@pytest.mark.parametrize("language", ["", "zz", "DA", "da-DK"])
def test_any_language_is_cut(language: str) -> None:
    assert cut("De flygtede. De kom til Oslo! Hvorfor? Krigen.", language) == [
        "De flygtede.",
        "De kom til Oslo!",
        "Hvorfor?",
        "Krigen.",
    ]


@pytest.mark.parametrize("body", ["", " \n\n ", "\n" * 1000])
def test_white_space_holds_no_sentence(body: str) -> None:
    assert cut(body) == []


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "unit",
    ["Det er en sætning om noget. ", "f.eks. ", "(\"'« ", "ab", ". ", "a\n\n", "- a. B\n", '."', "😀. "],
)
def test_a_megabyte_of_anything_is_cut_into_bounded_sentences(unit: str) -> None:
    body = unit * (1_000_000 // len(unit))
    assert all(len(sentence) <= 2_000 for sentence in cut(body))


PIECES = st.sampled_from([
    "Russeren flygtede. ",
    "f.eks. ",
    "\n",
    "\n\n",
    '"',
    "»",
    "« ",
    "- ",
    ". ",
    "? ",
    "…",
    "\ud800",
    "😀",
    "А. Б. ",
    "\r\n",
])


@given(st.one_of(st.text(), st.lists(PIECES).map("".join)), st.sampled_from(["da", "en", "ru", "", "xx"]))
def test_sentences_are_in_order_trimmed_and_leave_out_only_white_space(body: str, language: str) -> None:
    at = 0
    for span in sentences(body, language):
        assert at <= span.start < span.end
        assert not body[at : span.start].strip()
        sentence = body[span.start : span.end]
        assert sentence == sentence.strip()
        assert "\n\n" not in sentence
        at = span.end
    assert not body[at:].strip()
