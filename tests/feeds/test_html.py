"""Text and addresses out of fields that are escaped too often, full of controls, or not what they claim to be."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds import _html


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("Asyl til afhoppere", "Asyl til afhoppere"),
        ("  Asyl\n til\tafhoppere ", "Asyl til afhoppere"),
        ("S&amp;D vil hjælpe", "S&D vil hjælpe"),
        ("Fire &amp;amp; fem", "Fire & fem"),
        ("&amp;amp;quot;Nej&amp;amp;quot;", '"Nej"'),
        ("<p>Asyl <b>nu</b></p>", "Asyl nu"),
        ("&lt;p&gt;Asyl&lt;/p&gt;", "Asyl"),
        ("Under 5 < 6 og 7 > 6", "Under 5 < 6 og 7 > 6"),
        ("Nul\x00 og klokke\x07 og \ud800halv", "Nul og klokke og halv"),
        ("nul\u200bbredde", "nulbredde"),
        ("Før<script>alert('ude')</script>efter", "Før efter"),
        ("Før<script>alert('aldrig lukket')", "Før"),
        ("Før<!-- 5 > 4 < 6 - <b>skjult</b> -->efter", "Før efter"),
        ("Før<!-- aldrig lukket", "Før<!-- aldrig lukket"),
        (None, ""),
        (17, ""),
        (["Asyl"], ""),
    ],
)
def test_a_line(field: object, expected: str) -> None:
    assert _html.line(field) == expected


def test_plain_texts_become_paragraphs() -> None:
    assert (
        _html.paragraphs("Et.\r\n\r\nTo & tre\nvidere.", None, "  ", "Fire.")
        == "<p>Et.</p><p>To &amp; tre videre.</p><p>Fire.</p>"
    )


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("<p>Et</p><p>To</p>", "<p>Et</p><p>To</p>"),
        ("Et\n\nTo", "<p>Et</p><p>To</p>"),
        ("&lt;p&gt;Et &amp;amp; to&lt;/p&gt;", "<p>Et &amp; to</p>"),
        ("&amp;lt;p&amp;gt;Et&amp;lt;/p&amp;gt;", "<p>Et</p>"),
        ("<p>We&amp;amp;apos;re</p>", "<p>We&apos;re</p>"),
        ("<p>5 &lt; 6</p>", "<p>5 &lt; 6</p>"),
        ("<p>Et</p><script>x()</script><iframe src='y'></iframe>", "<p>Et</p>  "),
        ("   ", ""),
        (None, ""),
    ],
)
def test_a_field_of_html(field: object, expected: str) -> None:
    assert _html.html(field) == expected


def test_text_that_speaks_of_markup_stays_text() -> None:
    assert "<b>" not in _html.html("<p>Skriv &lt;b&gt; for fed.</p>")


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("https://a.example/b", "https://a.example/b"),
        ("/b?c=1", "https://base.example/b?c=1"),
        ("//other.example/b", "https://other.example/b"),
        (" https://a.example/b\n", "https://a.example/b"),
        ("https://a.example/særlov på vej", "https://a.example/s%C3%A6rlov%20p%C3%A5%20vej"),
        ("https://a.example/a|b", "https://a.example/a%7Cb"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("ftp://a.example/b", ""),
        ("https://user:secret@a.example/b", ""),
        ("https://a.example:99999/b", ""),
        ("https://[broken/b", ""),
        ("https://a.example/" + "x" * 2000, ""),
        ("", ""),
        (None, ""),
    ],
)
def test_a_web_address(href: object, expected: str) -> None:
    assert _html.web_address(href, "https://base.example/feed/list.xml") == expected


def test_without_a_base_a_relative_address_is_none() -> None:
    assert _html.web_address("/b") == ""


@pytest.mark.parametrize(
    ("text", "most", "expected"),
    [
        ("kort", 10, "kort"),
        ("et to tre", 6, "et to"),
        ("et, to tre", 5, "et"),
        ("etlangtord", 4, "etla"),
        ("", 3, ""),
    ],
)
def test_a_beginning_ends_with_a_word(text: str, most: int, expected: str) -> None:
    assert _html.beginning(text, most) == expected


MARKUP = st.text(st.sampled_from("<>&;#ampltgquo/px \n\"'\x00\ud800é"), max_size=80)


@settings(max_examples=300)
@given(field=MARKUP | st.text(max_size=60))
def test_whatever_comes_goes_on_as_text_that_can_be_stored(field: str) -> None:
    for made in (_html.line(field), _html.paragraphs(field), _html.html(field), _html.web_address(field)):
        made.encode()
        assert "\x00" not in made
    assert "\n" not in _html.line(field)
    assert not re.search(r"<script\b", _html.html(field))


@given(
    words=st.lists(st.text(st.characters(categories=["L"], exclude_characters="ſ"), min_size=1), min_size=1, max_size=6)
)
def test_words_survive(words: list[str]) -> None:
    text = " ".join(words)
    assert _html.line(text) == text
    assert unescape(_html.paragraphs(text)) == f"<p>{text}</p>"


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "piece", ["<", "&", "<p", "&amp;", "amp;", "<!--", "<!-- - ", "<script>", "&amp;lt;", "\n ", "a\n"]
)
def test_much_of_the_same_markup_is_read_to_its_end(piece: str) -> None:
    """Half a megabyte each: a pattern that looks back over all of it would take minutes."""
    field = piece * (500_000 // len(piece))
    for read in (_html.line, _html.paragraphs, _html.html):
        read(field)
        read(f"&amp;{field}<p>")
