"""The newswire's HTML."""

from __future__ import annotations

import pytest

from articles.errors import NotAnArticle
from extractors import wire
from tests.extractors.conftest import page


def body_of(markup: str) -> list[str]:
    return wire.extract(page(markup, url="", charset="utf-8")).body.split("\n\n")


@pytest.mark.parametrize(
    ("end", "paragraphs", "byline"),
    [
        ("<p>/ritzau/</p>", ["Han er i sikkerhed."], "Ritzau"),
        ("<p> /ritzau/AFP </p>", ["Han er i sikkerhed."], "Ritzau/AFP"),
        ("<p>Sagen fortsætter. /ritzau/</p>", ["Han er i sikkerhed.", "Sagen fortsætter."], "Ritzau"),
        ("<p>/ritzau/TT-AFP</p>", ["Han er i sikkerhed.", "/ritzau/TT-AFP"], ""),  # not a form that was seen
        ("", ["Han er i sikkerhed."], ""),
    ],
)
def test_the_sign_off_goes_and_says_who_told_it(end: str, paragraphs: list[str], byline: str) -> None:
    text = wire.extract(page(f"<p>Han er i sikkerhed.</p>{end}", url=""))
    assert text.body.split("\n\n") == paragraphs
    assert text.byline == byline


def test_a_sign_off_that_is_spoken_of_stays() -> None:
    spoken = "Mærket /ritzau/AFP betyder, at to bureauer har skrevet sammen."
    assert body_of(f"<p>{spoken}</p>") == [spoken]


def test_quotations_and_corrections_are_paragraphs() -> None:
    markup = "<p>KORREKTION: Navnet er rettet.</p><p>Sådan lød det:<br />- Ja.<br />- Nej.</p>"
    assert body_of(markup) == ["KORREKTION: Navnet er rettet.", "Sådan lød det:", "- Ja.", "- Nej."]


@pytest.mark.parametrize(
    ("markup", "paragraphs"),
    [
        ("&lt;p&gt;Hele teksten er escapet &amp;amp; læsbar.&lt;/p&gt;", ["Hele teksten er escapet & læsbar."]),
        (
            "<P>The Ministry&amp;amp;apos;s plan\r\n</P>\r\n\t<P>Next &amp;amp;amp; last</P>",
            ["The Ministry's plan", "Next & last"],
        ),
        ("Kun tekst &amp; tegn", ["Kun tekst & tegn"]),
        ("<p>5 &lt; 6 og &lt;b&gt; er et mærke</p>", ["5 < 6 og <b> er et mærke"]),
    ],
)
def test_entities_are_resolved_as_deep_as_they_are(markup: str, paragraphs: list[str]) -> None:
    assert body_of(markup) == paragraphs


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Â£5 million, Â§ 4", "£5 million, § 4"),
        ("itâ€™s late", "it's late"),
        ("Ã¸l og brÃ¸d", "øl og brød"),
        ("smørrebrød for 5 £, § 4", "smørrebrød for 5 £, § 4"),
        ("Â er et bogstav i fransk", "Â er et bogstav i fransk"),
        ("SÃO PAULO", "SÃO PAULO"),
    ],
)
def test_signs_that_were_misread_are_mended_and_others_are_left(written: str, read: str) -> None:
    assert body_of(f"<p>{written}</p>")[0].replace("’", "'") == read


def test_an_item_that_is_a_sign_off_alone_is_no_article() -> None:
    with pytest.raises(NotAnArticle, match="no text"):
        wire.extract(page("<p></p><p>/ritzau/</p>", url=""))
