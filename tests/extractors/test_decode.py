"""Bytes to characters, and the language of a text."""

from __future__ import annotations

import pytest

from articles.errors import Unreadable
from extractors._decode import decode
from extractors._language import code, told
from tests.extractors.conftest import page

WORDS = "Blåbærgrød på øen – “godt nok” for 5 €"
META = '<meta charset="{}">'


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        (WORDS.encode(), ""),
        (WORDS.encode(), "iso-8859-1"),  # a lie
        (META.format("iso-8859-1").encode() + WORDS.encode(), ""),  # another
        (WORDS.encode("utf-8-sig"), "windows-1252"),
        (WORDS.encode("utf-16"), ""),
        (WORDS.encode("utf-16-le"), "utf-16le"),
        (WORDS.encode("cp1252"), "iso-8859-1"),
        (META.format("windows-1252").encode() + WORDS.encode("cp1252"), ""),
        (WORDS.encode("cp1252"), "utf-8"),  # a third
        (WORDS.encode("cp1252"), "idna"),
        (WORDS.encode("cp1252"), "no-such-charset"),
        (WORDS.encode("cp1252"), ""),
    ],
)
def test_letters_survive(body: bytes, charset: str) -> None:
    text, notes = decode(page(body, charset=charset))
    assert text.endswith(WORDS)
    assert notes == ()


def test_other_alphabets_are_believed() -> None:
    words = "Россия и Украина, беженцы и дезертиры"
    assert decode(page(words.encode("koi8-r"), charset="koi8-r"))[0] == words
    assert decode(page(b'<meta charset="windows-1251">' + words.encode("cp1251")))[0].endswith(words)


def test_one_broken_sign_does_not_turn_the_page_around() -> None:
    text, notes = decode(page("æøå ÆØÅ".encode() * 20 + b"\xe6 slut"))
    assert text.startswith("æøå ÆØÅ")
    assert notes == ("1 signs could not be decoded",)


def test_controls_go_and_garbage_is_refused() -> None:
    assert decode(page(b"a\x00b\x0bc" + b"d" * 60))[0] == "abc" + "d" * 60
    with pytest.raises(Unreadable, match="not text"):
        decode(page(b"a\x00" * 50))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [("da-DK", "da"), ("no", "nb"), ("nn_NO", "nb"), ("EN", "en"), ("dansk", ""), ("", ""), ("x", "")],
)
def test_codes(raw: str, expected: str) -> None:
    assert code(raw) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Regeringen vil give asyl til soldater, der er flygtet fra den russiske hær, og som kan bevise det.", "da"),
        ("Regjeringen vil gi asyl til soldater som har rømt fra den russiske hæren, og som kan bevise det.", "nb"),
        ("Regjeringa vil gje asyl til soldatar som har rømt frå den russiske hæren, og som kan prove det.", "nb"),
        ("Regeringen vill ge asyl till soldater som har flytt från den ryska armén och som kan bevisa det.", "sv"),
        ("Hallitus haluaa antaa turvapaikan sotilaille, jotka ovat paenneet Venäjän armeijasta.", "fi"),
        ("Valitsus tahab anda varjupaika sõduritele, kes on põgenenud Vene armeest.", "et"),
        ("Уряд хоче надати притулок військовим, які втекли з російської армії.", "uk"),
        ("Правительство хочет предоставить убежище военным, бежавшим из российской армии.", "ru"),
        (
            "Naalakkersuisut saqqummiuppaat: qimaasut Danmarkimi qinnuteqaqqusaapput, oqarpoq aqagu piniarlugu.",
            "kl",
        ),
    ],
)
def test_languages(text: str, expected: str) -> None:
    assert told(text) == expected
    assert told(text, "da") == expected, "a claim does not outweigh the text"


def test_a_short_text_is_what_it_claims() -> None:
    assert told("Minister i samråd", "da-DK") == "da"
    assert told("Minister i samråd") == ""


def test_a_text_too_close_to_call_is_what_it_claims() -> None:
    close = "Den nye bok om krigen er god og lang, og den kan læses av alle"
    assert told(close, "da") == "da"
    assert told(close, "no") == "nb"
