"""The web extractor: what is an article, what is its text, and what is said about it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from articles.errors import NotAnArticle, TooLarge, Unreadable
from articles.model import Text
from extractors import web
from extractors._facts import without_site
from replay._pdf import pdf
from tests.extractors.conftest import page

FIRST = "Regeringen vil give ophold til russiske soldater, der er hoppet af og har søgt beskyttelse i Danmark."
SECOND = "Ordningen skal gælde fra nytår og tage højst et halvt år for hver ansøger, oplyser ministeriet torsdag."
THIRD = "De første ansøgninger ventes i januar, og styrelsen har sat tyve medarbejdere af til opgaven på Sjælland."
HEAD = '<!doctype html><html lang="da"><head><title>Ophold til afhoppere</title>{}</head>'


def article(head: str = "", body: str = "", url: str = "https://www.avisen.example/a/b") -> Text:
    markup = (
        f"{HEAD.format(head)}<body><article><h1>Ophold til afhoppere</h1>{body or f'<p>{FIRST}</p><p>{SECOND}</p>'}"
    )
    return web.extract(page(f"{markup}</article></body></html>", url=url))


def test_the_plain_case() -> None:
    text = article()
    assert text.body == f"{FIRST}\n\n{SECOND}"
    assert text.title == "Ophold til afhoppere"
    assert text.language == "da"
    assert text.extractor == f"web/{web.VERSION}"
    assert (text.published_at, text.published_guessed, text.partial, text.notes) == (None, False, False, ())


# ---------------------------------------------------------------- fragments


def test_a_fragment_keeps_every_paragraph() -> None:
    parts = ["Kort.", "- Citat, siger hun.", "Læs også: noget", "13.00", "Kontakt", "Politiet", FIRST]
    assert web.extract(page("".join(f"<p>{part}</p>" for part in parts))).body.split("\n\n") == parts


@pytest.mark.parametrize(
    ("markup", "paragraphs"),
    [
        ("Uden mærker &amp; med tegn\n\nNæste afsnit", ["Uden mærker & med tegn", "Næste afsnit"]),
        ("<p>En linje\r\n  til</p>tekst efter", ["En linje til", "tekst efter"]),
        ("Et<br>to<br><br>tre", ["Et to", "tre"]),
        ("<p>- Ja, siger hun.<br />- Nej, siger han.</p>", ["- Ja, siger hun.", "- Nej, siger han."]),
        ("<ul><li>et</li><li>to <b>og</b> tre</li></ul>", ["et", "to og tre"]),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", ["a b", "c"]),
        ("<div>a<div>b</div>c</div><script>x()</script>", ["a", "b", "c"]),
        ("<p>a\u00adb\u200b\ufeffc\u00a0d e\u0301</p>", ["abc d é"]),
    ],
)
def test_markup_to_paragraphs(markup: str, paragraphs: list[str]) -> None:
    assert web.extract(page(markup)).body.split("\n\n") == paragraphs


def test_plain_text_is_not_markup() -> None:
    text = web.extract(page("a < b & c\n\nnæste", media_type="text/plain"))
    assert text.body == "a < b & c\n\nnæste"


# ---------------------------------------------------------------- what is not an article


@pytest.mark.parametrize(
    ("body", "kind", "says"),
    [
        (b"", NotAnArticle, "is empty"),
        (b"  \n ", NotAnArticle, "is empty"),
        (b"<p></p>", NotAnArticle, "no text"),
        (b"<html><body><div id=app></div></body></html>", NotAnArticle, "0 words"),
        (b'<?xml version="1.0"?><rss version="2.0"><channel></channel></rss>', NotAnArticle, "is a feed"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, Unreadable, "not text"),
        (b"<p>" * 200_000, TooLarge, "tags"),
        (b"x" * 30_000_001, TooLarge, "larger than"),
    ],
)
def test_a_page_without_an_article_says_what_it_is(body: bytes, kind: type[Exception], says: str) -> None:
    with pytest.raises(kind, match=says):
        web.extract(page(body))


def test_an_unknown_media_type_is_named() -> None:
    with pytest.raises(Unreadable, match="image/png"):
        web.extract(page(b"\x89PNG", media_type="image/png"))


def test_a_start_page_is_not_an_article() -> None:
    teasers = "".join(
        f"<section><h2><a href='/{n}'>Overskrift nummer {n} på forsiden</a></h2><p>{FIRST} {SECOND}</p></section>"
        for n in range(6)
    )
    with pytest.raises(NotAnArticle, match="start page"):
        web.extract(page(f"{HEAD.format('')}<body><main>{teasers}</main></body>", url="https://www.avisen.example/"))


def test_an_article_may_carry_the_marks_of_a_challenge() -> None:
    script = "<script src='/cdn-cgi/challenge-platform/x.js'></script>"
    assert FIRST in article(body=f"<p>{FIRST}</p>{script}" + f"<p>{SECOND}</p>" * 6).body


@pytest.mark.parametrize(
    "marks",
    ["<script>window.gokuProps = {};</script>", "<title>Just a moment...</title>", "<div id='cf-chl-widget'>"],
)
def test_a_challenge_is_refused_with_what_to_do(marks: str) -> None:
    with pytest.raises(NotAnArticle, match="ask the source for access"):
        web.extract(
            page(f"<html><head>{marks}</head><body><p>Verifying, please wait a little while.</p></body></html>")
        )


# ---------------------------------------------------------------- walls


def test_a_wall_in_the_text_marks_it_as_partial_and_goes() -> None:
    text = article(body=f"<p>{FIRST}</p><p>{SECOND}</p><p>Log ind for at læse resten af artiklen</p>")
    assert text.partial
    assert text.body == f"{FIRST}\n\n{SECOND}"


def test_an_offer_alone_proves_nothing() -> None:
    text = article(body=f"<p>{FIRST}</p><p>Bliv abonnent i dag</p><p>{SECOND}</p>")
    assert not text.partial
    assert text.body == f"{FIRST}\n\n{SECOND}"


def test_a_walled_page_without_a_lead_has_its_description() -> None:
    closed = json.dumps({"@type": "NewsArticle", "isAccessibleForFree": False, "articleBody": SECOND * 5})
    head = f'<meta name="description" content="{FIRST}"><script type="application/ld+json">{closed}</script>'
    text = article(head, body="<div class='paywall'><p>Kun for abonnenter</p></div>")
    assert text.body == FIRST
    assert text.partial


# ---------------------------------------------------------------- title, byline, address


@pytest.mark.parametrize(
    ("title", "heading", "site", "url", "expected"),
    [
        ("Nyt fra Moskva | Politiken", "", "Politiken", "", "Nyt fra Moskva"),
        ("Nyt fra Moskva - TV 2", "", "", "https://nyheder.tv2.dk/a", "Nyt fra Moskva"),
        ("Nyt fra Moskva – Udland – Kristeligt Dagblad", "Nyt fra Moskva", "", "", "Nyt fra Moskva"),
        ("Ja - nej - måske", "", "", "https://www.dr.dk/a", "Ja - nej - måske"),
        ("Rusland | Ukraine | DR", "", "", "https://www.dr.dk/a", "Rusland | Ukraine"),
        ("DR", "", "DR", "https://www.dr.dk/a", "DR"),
    ],
)
def test_a_title_without_its_site(title: str, heading: str, site: str, url: str, expected: str) -> None:
    assert without_site(title, heading, site, url) == expected


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        ([{"name": "A"}, {"name": "B"}, "A"], "A, B"),
        ({"@type": "Person"}, ""),
        ("https://www.avisen.example/forfatter/a", ""),
        ("Af Udlandsredaktionen", "Udlandsredaktionen"),
    ],
)
def test_bylines(author: object, expected: str) -> None:
    node = json.dumps([{"@type": "NewsArticle", "author": author}])
    assert article(f'<script type="application/ld+json">{node}</script>').byline == expected


@pytest.mark.parametrize(
    ("href", "expected", "note"),
    [
        ("/a/b", "https://www.avisen.example/a/b", ""),
        ("https://avisen.example/a/b", "https://avisen.example/a/b", ""),
        ("https://m.avisen.example/a/b", "https://m.avisen.example/a/b", ""),
        ("https://andet.example/a/b", "", "names a page of andet.example as its original"),
        ("https://www.avisen.example/", "", ""),
        ("http://[", "", ""),
        ("javascript:alert(1)", "", ""),
    ],
)
def test_a_canonical_address_is_one_of_the_same_site(href: str, expected: str, note: str) -> None:
    text = article(f'<link rel="canonical" href="{href}">')
    assert text.canonical_url == expected
    assert text.notes == ((note,) if note else ())


# ---------------------------------------------------------------- dates


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("2026-11-19T10:00:00Z", datetime(2026, 11, 19, 10, tzinfo=UTC)),
        ("2026-11-19T10:00:00.000+0100", datetime(2026, 11, 19, 9, tzinfo=UTC)),
        ("Thu, 19 Nov 2026 10:00:00 +0100", datetime(2026, 11, 19, 9, tzinfo=UTC)),
        ("2026-07-01 10:00", datetime(2026, 7, 1, 8, tzinfo=UTC)),  # summer time in Copenhagen
        ("19.11.2026 kl. 10.00", datetime(2026, 11, 19, 9, tzinfo=UTC)),
        ("2027-03-01T10:00:00Z", None),  # after it was fetched
        ("0001-01-01T00:00:00Z", None),
        ("i går", None),
        ("31.13.2026", None),
    ],
)
def test_stated_dates(stated: str, expected: datetime | None) -> None:
    text = article(f'<meta property="article:published_time" content="{stated}">')
    assert text.published_at == expected
    assert not text.published_guessed


def test_a_time_of_a_related_article_is_not_this_ones() -> None:
    beside = "<aside><time datetime='2020-01-01T10:00:00Z'>1.1.</time></aside>"
    assert article(body=f"{beside}<p>{FIRST}</p><p>{SECOND}</p>").published_at is None


def test_a_date_in_the_address_is_a_guess() -> None:
    text = article(url="https://www.avisen.example/2026/11/18/a")
    assert text.published_at == datetime(2026, 11, 17, 23, tzinfo=UTC)
    assert text.published_guessed


# ---------------------------------------------------------------- the text


def test_a_lead_apart_from_the_body_comes_first() -> None:
    lead = "Fire partier er enige om en ny ordning."
    top = f"<div class='top'><p class='manchet'>{lead}</p><p>Af en medarbejder på redaktionen</p></div>"
    text = article(body=f"{top}<div class='article__body'><p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p></div>")
    assert text.body == f"{lead}\n\n{FIRST}\n\n{SECOND}\n\n{THIRD}"


@pytest.mark.parametrize(
    "row",
    ["Læs også: Sådan gik det sidste år", "Del artiklen", "Artiklen fortsætter efter annoncen", "13-02-2025 - 12:47"],
)
def test_rows_that_are_not_text(row: str) -> None:
    assert article(body=f"<p>{FIRST}</p><p>{row}</p><p>{SECOND}</p>").body == f"{FIRST}\n\n{SECOND}"


@pytest.mark.parametrize(
    "kept", ["Læs også kaldte han sin første bog om flugten.", "Annoncen blev trukket tilbage fredag."]
)
def test_sentences_that_begin_like_a_row(kept: str) -> None:
    assert kept in article(body=f"<p>{FIRST}</p><p>{kept}</p><p>{SECOND}</p>").body


def test_press_contacts_go_and_a_sentence_about_contact_stays() -> None:
    contacts = "<h2>Pressekontakt</h2><p>Pressevagten</p><p>Telefon 55 00 00 11</p>"
    assert article(body=f"<p>{FIRST}</p><p>{SECOND}</p>{contacts}").body == f"{FIRST}\n\n{SECOND}"
    assert "Kontakt" in article(body=f"<p>{FIRST}</p><h2>Kontakt</h2><p>{SECOND} {FIRST}</p>").body


def test_a_pdf_is_read_as_one_whatever_it_is_called() -> None:
    text = web.extract(page(pdf([FIRST, SECOND]), media_type="text/html"))
    assert text.extractor.startswith("pdf/")
    assert text.body == f"{FIRST}\n\n{SECOND}"
