"""Whatever a server sends: a well-formed text or a ``PageError``, and no hang."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import extractors
from articles import adapters
from articles.errors import PageError
from articles.model import Page, Text
from replay._pdf import pdf as written
from tests.extractors.conftest import page
from tests.extractors.test_cases import assert_well_formed

EXTRACTORS = adapters.names(extractors)
SOME = settings(max_examples=60, deadline=None, database=None)

WORDS = "Russiske soldater, der hopper af, kan søge om ophold på en dansk ambassade i et naboland. "
TAGS = ["p", "div", "li", "ul", "table", "tr", "td", "article", "main", "aside", "h1", "h2", "blockquote", "time", "a"]
PIECES = st.one_of(
    st.sampled_from([
        WORDS,
        "\x00",
        "\ud800",
        "&#xD800;",
        "&#1;",
        "<br>",
        "<!--",
        "-->",
        "<![CDATA[",
        "&amp;amp;",
        "Â£",
    ]),
    st.sampled_from([f"<{tag}>" for tag in TAGS] + [f"</{tag}>" for tag in TAGS]),
    st.sampled_from([
        '<script type="application/ld+json">{"@type":"NewsArticle"',
        "</script>",
        '<meta charset="utf-7">',
    ]),
    st.sampled_from(['<link rel="canonical" href="http://[">', '<time datetime="0000-00-00">', '<html lang="&#0;">']),
    st.text(max_size=20),
)
MARKUP = st.lists(PIECES, max_size=40).map("".join)


def extracted(name: str, found: Page) -> Text | None:
    """The text, checked, or nothing where the extractor refuses in a sentence."""
    try:
        text: Text = adapters.load(extractors, name).extract(found)
    except PageError as error:
        refusal = error.detail
    else:
        refusal = ""
    if refusal:
        assert "\n" not in refusal
        return None
    assert text.body
    assert_well_formed(text.body)
    assert text.title == " ".join(text.title.split())
    assert text.extractor.startswith(("web/", "wire/", "pdf/", "transcript/"))
    assert text.published_at is None or text.published_at.utcoffset() is not None
    return text


@pytest.mark.parametrize("name", EXTRACTORS)
@SOME
@given(
    body=st.binary(max_size=400),
    media_type=st.sampled_from(["text/html", "", "text/plain", "application/pdf", "text/xml"]),
)
def test_any_bytes(name: str, body: bytes, media_type: str) -> None:
    extracted(name, page(body, media_type=media_type))


@pytest.mark.parametrize("name", EXTRACTORS)
@SOME
@given(markup=MARKUP, charset=st.sampled_from(["", "utf-8", "utf-16", "iso-8859-1", "idna", "hex", "ø", "koi8-r"]))
def test_any_markup(name: str, markup: str, charset: str) -> None:
    extracted(name, page(markup, charset=charset))
    extracted(name, page(f"<!doctype html><html><body>{markup}</body></html>", charset=charset))


@SOME
@given(cut=st.integers(0, 900), at=st.integers(0, 900), byte=st.integers(0, 255))
def test_a_damaged_pdf(cut: int, at: int, byte: int) -> None:
    body = bytearray(written([WORDS * 3, WORDS]))
    body[at % len(body)] = byte
    extracted("pdf", page(bytes(body[: len(body) - cut % len(body)]), media_type="application/pdf"))


def long(piece: str, size: int) -> str:
    return piece * (size // len(piece))


FLOODS: dict[str, Any] = {
    "paragraphs": lambda: f"<article>{long(f'<p>{WORDS}</p>', 1_000_000)}</article>",
    "links": lambda: long("<li><a href='/a'>Regeringen klar med nyt udspil</a></li>", 1_000_000),
    "breaks": lambda: f"<div>{long(f'{WORDS}<br><br>', 1_000_000)}</div>",
    "depth": lambda: f"{'<div>' * 10_000}<p>{WORDS * 5}</p>{'</div>' * 10_000}",
    "depth of lists": lambda: f"{'<ul><li>' * 5_000}<p>{WORDS * 5}</p>",
    "attributes": lambda: f"<p {' '.join(f'a{n}=1' for n in range(50_000))}>{WORDS * 5}</p>",
    "comments": lambda: f"{'<!--' * 100_000}<p>{WORDS * 5}</p>",
    "entities": lambda: f"<p>{'&amp;' * 150_000}",
    "linked data": lambda: f'<script type="application/ld+json">{"[" * 100_000}</script><p>{WORDS * 5}</p>',
    "tags": lambda: "<p>" * 200_000,
    "signs": lambda: "<" * 1_000_000,
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", ["web", "wire", "transcript"])
@pytest.mark.parametrize("flood", FLOODS)
def test_a_flood(name: str, flood: str) -> None:
    extracted(name, page(f"<html><head><title>T</title></head><body>{FLOODS[flood]()}</body></html>"))


@pytest.mark.parametrize("kind", ["depth", "depth of lists", "attributes", "linked data"])
def test_what_stands_in_an_odd_page_is_still_read(kind: str) -> None:
    text = extracted("web", page(f"<html><head><title>T</title></head><body>{FLOODS[kind]()}</body></html>"))
    assert text is not None
    assert WORDS.strip() in text.body


def test_noise_is_not_text() -> None:
    noise = random.Random(7).randbytes(1_000_000)
    assert extracted("web", page(noise)) is None
    assert extracted("web", page(b"<html><body><p>" + noise)) is None
