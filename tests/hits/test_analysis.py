"""Words and stems: both engines get them from here."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hits._analysis import LANGUAGES, base, looked_up, marked, places, stems, words


@pytest.mark.parametrize(
    ("language", "inflected"),
    [
        ("da", "desertør desertøren desertører desertørerne desertørernes"),
        ("da", "asyl asylet"),
        ("da", "soldat soldaten soldater soldaterne"),
        ("sv", "soldat soldaten soldater"),
        ("no", "soldat soldaten soldater"),
        ("de", "soldat soldaten"),
        ("nl", "dienstweigeraar dienstweigeraars"),
        ("fr", "déserteur déserteurs"),
        ("es", "desertor desertores"),
        ("it", "disertore disertori"),
        ("pt", "desertor desertores"),
        ("fi", "karkuri karkurit karkurin"),
        ("ru", "дезертир дезертиры дезертиров дезертирам"),
        ("en", "deserter deserters"),
    ],
)
def test_a_word_finds_its_inflections(language: str, inflected: str) -> None:
    basic, *_ = inflected.split()
    assert set(marked(inflected.split(), language)) <= set(looked_up(basic))


def test_in_danish_an_inflection_finds_the_others() -> None:
    inflected = ["desertør", "desertøren", "desertører", "desertørerne", "desertørernes"]
    assert len(set(stems(inflected, "da"))) == 1


def test_danish_letters_are_letters_of_their_own() -> None:
    assert len(set(stems(["får", "far", "for", "faar"], "da"))) == 4
    assert words("Æblegrød på Ærø") == ["æblegrød", "på", "ærø"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("EU's 27 lande (og Norge).", ["eu", "s", "27", "lande", "og", "norge"]),
        ("a_b", ["a", "b"]),
        ("A\u030arhus", ["århus"]),
        ("de\u00adser\u200btør", ["desertør"]),
        ("ﬁnde ⑴", ["finde", "(1)"]),
        ("שָׁלוֹם", ["שָׁלוֹם"]),
        ("🇷🇺🙂—…", []),
        ("\ud800x", ["x"]),
        ("\ufdfa", ["صلىاللهعليهوسلم"]),
        ("x" * 500, ["x" * 100]),
    ],
)
def test_words(text: str, said: list[str]) -> None:
    assert words(text) == said


@given(st.text())
def test_words_stand_where_they_are_said_to_and_hold_no_white_space(text: str) -> None:
    said, where = words(text), places(text)
    assert len(said) == len(where)
    assert all(words(text[start:end]) == [word] for word, (start, end) in zip(said, where, strict=True))
    assert all(word and not any(sign.isspace() for sign in word) for word in said)
    for language in LANGUAGES:
        assert len(" ".join(marked(said, language)).split()) == len(said)


@pytest.mark.parametrize(
    ("claimed", "used"), [("da-DK", "da"), ("NB", "no"), ("nn_NO", "no"), ("uk", ""), ("", ""), ("danish", "")]
)
def test_the_stemmer_of_a_language(claimed: str, used: str) -> None:
    assert base(claimed) == used


def test_a_stem_bears_its_language() -> None:
    assert set(marked(["soldater"], "sv")) & set(marked(["sold"], "en")) == set()


def test_stems_are_the_same_from_many_threads() -> None:
    said = [f"ord{number}erne" for number in range(5000)]
    wanted = stems(said, "da")
    found: list[bool] = []
    workers = [threading.Thread(target=lambda: found.append(stems(said, "da") == wanted)) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert found == [True] * 8
