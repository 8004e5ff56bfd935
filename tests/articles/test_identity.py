from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.identity import article_id, canonical_url, fingerprint


def test_an_id_separates_feed_and_guid() -> None:
    assert article_id("ab", "c") != article_id("a", "bc")
    assert len(article_id("ritzau_wire", "b5342fc2")) == 32


@pytest.mark.parametrize(
    ("given_url", "canonical"),
    [
        ("HTTPS://Www.DR.dk:443/a?b=2&a=1#top", "https://www.dr.dk/a?a=1&b=2"),
        ("https://x.dk/?utm_source=rss&id=7&fbclid=1", "https://x.dk/?id=7"),
        ("https://x.dk", "https://x.dk/"),
        ("https://via.ritzau.dk/p/1/f?lang=da#sm-1", "https://via.ritzau.dk/p/1/f?lang=da#sm-1"),
        ("http://x.dk:8080/æ", "http://x.dk:8080/æ"),
        (" https://x.dk/a?q=&q=2 ", "https://x.dk/a?q=&q=2"),
    ],
)
def test_canonical_url(given_url: str, canonical: str) -> None:
    assert canonical_url(given_url) == canonical
    assert canonical_url(canonical) == canonical


@pytest.mark.parametrize(
    "copy",
    [
        "Russiske soldater kan søge asyl, siger ministeren.\n\n/ritzau/",
        "RUSSISKE soldater kan søge asyl – siger ministeren /ritzau/AFP",
        "Russiske  soldater\nkan søge asyl siger ministeren\n\nAf Ritzau",
        "Russiske soldater kan so\u0308ge asyl siger ministeren".replace("o\u0308", "ø"),
    ],
)
def test_the_same_wording_has_one_fingerprint(copy: str) -> None:
    assert fingerprint(copy) == fingerprint("Russiske soldater kan søge asyl, siger ministeren.")


def test_another_word_is_another_fingerprint() -> None:
    assert fingerprint("asyl til russere") != fingerprint("asyl til ukrainere")
    assert fingerprint("får") != fingerprint("far")
    assert fingerprint(" … /ritzau/ ") == ""


@given(st.text())
def test_any_text_has_a_fingerprint_of_its_words(text: str) -> None:
    assert fingerprint(text) == fingerprint(f"  {text}\n\n/ritzau/")
