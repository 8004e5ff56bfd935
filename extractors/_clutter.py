"""What stands on a page and is not its article: challenges, lists, walls, and rows that slip into the text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from lxml import etree

from articles.errors import NotAnArticle
from extractors._facts import Facts
from extractors._paragraphs import blocks, chosen, line, tidy

#: Marks of bot challenges: Cloudflare, AWS WAF, Imperva, DataDome, PerimeterX, Akamai. They stand on good pages as
#: well (Cloudflare adds a script to all), so they count only where there is next to no text.
_CHALLENGE = (
    "<title>Just a moment",
    "<title>Attention Required!",
    "<title>Access Denied",
    "Pardon Our Interruption",
    "cf-chl",
    "cf_chl",
    "challenge-platform",
    "awsWafCookieDomainList",
    ".awswaf.",
    "gokuProps",
    "challenge-container",
    "_Incapsula_Resource",
    "captcha-delivery.com",
    "px-captcha",
    "not a robot",
    "you are human",
)
_LARGEST_CHALLENGE = 80_000  # characters of markup
_LITTLE = 600  # characters of paragraphs: the wordiest challenge seen has fewer
_GONE = re.compile(
    r"\b404\b|not found|findes ikke|ikke fundet|finns inte|hittades inte|ikke funnet|nicht gefunden|introuvable",
    re.IGNORECASE,
)
_FEWEST_WORDS = 8  # a short message of the police has fifteen
_FEWEST_WORDS_OF_A_PAGE = 60  # a missing page says less, however friendly it is
_BEGINNING = 50_000  # characters: a list is one from its beginning
_MOST_LINKS = 0.5  # of the text, in links that are a line of their own

#: What walls say, in lower case.
_WALL = (
    "log ind for at læse",
    "læs videre med",
    "kun for abonnenter",
    "forbeholdt abonnenter",
    "forbeholdt vores abonnenter",
    "for at læse artiklen",
    "for at læse hele artiklen",
    "få adgang til hele artiklen",
    "log in to read",
    "log in to continue",
    "subscribe to read",
    "subscribe to continue",
    "subscribers only",
    "för prenumeranter",
    "logga in för att läsa",
    "logg inn for å lese",
    "for abonnenter",
    "nur für abonnenten",
    "réservé aux abonnés",
    "abonnez-vous pour",
)
#: What walls say as well, and free pages too: it goes, and proves nothing.
_OFFER = (
    "bliv abonnent",
    "køb abonnement",
    "allerede abonnent",
    "already a subscriber",
    "redan prenumerant",
    "bli prenumerant",
    "jetzt abonnieren",
    "bereits abonnent",
    "déjà abonné",
)
_MOST_OF_A_WALL = 800  # characters
_LONGEST_WALL = 240  # characters: a paragraph about walls is longer than a wall

_NAMED_WALL = etree.XPath("//*[contains(@class, 'aywall') or contains(@id, 'aywall')]")

_ROW = re.compile(
    r"(?:læs også|læs mere|læs mere om|se også|hør også|les også|läs också|läs mer|read also|read more|see also"
    r"|lesen sie auch|mehr zum thema|lire aussi|à lire aussi|lue myös|lees ook)\b\s*(?:[:–-].*|$)"
    r"|(?:del artiklen|del denne artikel|del på facebook|kopier link|share this page|share this article|dela sidan"
    r"|dela artikeln|del saken|artikel teilen|partager(?: cet article)?|press releases?|annonce|annons|anzeige"
    r"|artiklen fortsætter (?:efter|under) annoncen|advertisement|publicité|related(?: topics)?|print)\W*$",
    re.IGNORECASE,
)
_LONGEST_ROW = 200
_CONTACTS = re.compile(r"(?:(?:presse?)?kontakte?r?|(?:press |media )?contacts?|kontaktpersoner)\W*", re.IGNORECASE)
_MOST_CONTACTS = 14  # paragraphs: three people with title, number and address
_LONGEST_CONTACT = 120  # characters
_STAMP = re.compile(r"(?:(?:publiceret|opdateret|published|updated)\W*)?\d{1,4}[-./]\d{1,2}[-./]\d{2,4}[\s\d:.,–-]*")


def refuse_challenge(html: str, root: etree._Element, url: str) -> None:
    """Raises where a bot challenge was sent in place of the page. It is reported, never evaded."""
    if len(html) > _LARGEST_CHALLENGE or not any(mark in html for mark in _CHALLENGE):
        return
    shown = sum(len(line("".join(map(str, p.itertext())))) for p in root.iter("p"))
    if shown < _LITTLE:
        raise NotAnArticle("is a challenge page in place of the article; ask the source for access", subject=url)


def refuse_other(paragraphs: Sequence[str], links: frozenset[str], facts: Facts, url: str) -> None:
    """Raises where the page has no article in it, and says what it has."""
    words = sum(len(paragraph.split()) for paragraph in paragraphs)
    if words < _FEWEST_WORDS and not facts.article:
        raise NotAnArticle(f"has only {words} words of text; open it by hand", subject=url)
    if _GONE.search(facts.title) and words < _FEWEST_WORDS_OF_A_PAGE:
        raise NotAnArticle(f"says that nothing is there ({facts.title!r}); check the address", subject=url)
    if facts.article:
        return
    whole = " ".join(paragraphs)[:_BEGINNING]
    linked = sum(len(link) for link in links if link in whole)
    if facts.listing or linked > _MOST_LINKS * len(whole):
        raise NotAnArticle("is a list of links, not an article; follow one of them", subject=url)
    if urlsplit(url).path in {"", "/"} and linked:
        raise NotAnArticle("is a start page, not an article; give an article's address", subject=url)


def links(root: etree._Element) -> frozenset[str]:
    """The texts of links that are a line of their own on the page."""
    found = (" ".join("".join(map(str, link.itertext())).split()) for link in root.iter("a") if _alone(link))
    return frozenset(text for text in found if 15 <= len(text) <= _LONGEST_ROW)


def _alone(link: etree._Element) -> bool:
    """Whether its block holds nothing else: no words before it, none after it."""
    if (link.tail or "").strip() or (link.get("href") or "#").startswith("#"):
        return False
    before = link.getprevious()
    parent = link.getparent()
    said = (before.tail if before is not None else parent.text if parent is not None else "") or ""
    return not said.strip()


def walls(root: etree._Element, html: str) -> frozenset[str]:
    """The words of blocks that are named as a paywall, and read like one."""
    named = (tidy(blocks(element)) for element in (chosen(_NAMED_WALL, root) if "aywall" in html else ()))
    return frozenset(text for texts in named if _reads_like_a_wall(texts) for text in texts)


def _reads_like_a_wall(texts: Sequence[str]) -> bool:
    """Whether it asks for money and is not the article that stands in a block of that name."""
    return sum(map(len, texts)) <= _MOST_OF_A_WALL and any(is_wall(text) or is_offer(text) for text in texts)


def is_wall(paragraph: str) -> bool:
    return len(paragraph) <= _LONGEST_WALL and any(phrase in paragraph.lower() for phrase in _WALL)


def is_offer(paragraph: str) -> bool:
    return len(paragraph) <= _LONGEST_ROW and any(phrase in paragraph.lower() for phrase in _OFFER)


def is_row(paragraph: str) -> bool:
    """Share rows, references to other articles, advertisement marks, offers, bare dates."""
    if len(paragraph) > _LONGEST_ROW:
        return False
    return bool(_ROW.match(paragraph) or _STAMP.fullmatch(paragraph)) or is_offer(paragraph)


def without_contacts(paragraphs: Sequence[str]) -> list[str]:
    """Without the press contacts at the end of a release: names and numbers, and no part of what it says."""
    first = max(1, len(paragraphs) - _MOST_CONTACTS)
    starts = (n for n in range(first, len(paragraphs)) if _CONTACTS.fullmatch(paragraphs[n]))
    start = next(starts, len(paragraphs))
    sentences = any(len(text) > _LONGEST_CONTACT for text in paragraphs[start:])
    return list(paragraphs if sentences else paragraphs[:start])
