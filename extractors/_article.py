"""The article of a page: the paragraphs that a reader would read, by trafilatura on a tree that is parsed already.

Precision first, the plain mode where precision cut the page short. On five public sets of pages that rule (precision,
unless it has less than three tenths of what the plain mode has) scored .967 .926 .938 .951 .952 against .960 .926 .933
.948 .953 for the plain mode alone. Here the plain mode runs only where precision left much of the page's paragraphs
behind, so that most pages are read once.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Any

import lxml.html
from lxml import etree

from articles.errors import Unreadable
from extractors._paragraphs import blocks, chosen, line, tidy

for _name in ("trafilatura", "htmldate", "justext", "courlan"):
    logging.getLogger(_name).setLevel(logging.ERROR)  # they warn of every page without an article

_ENOUGH = 300  # characters; a shorter text has to be more of its page
_SHARE = 0.35  # of the characters in the page's paragraphs, wherever they stand
_SHARE_OF_SHORT = 0.6
_TOO_LITTLE = 0.3  # of what the plain mode found
_SHORTEST_LEAD = 30  # characters; bylines and section names are shorter
_SENTENCE_ENDS = (".", "!", "?", "»", "”", '"', "…")
_MOST_LEADS = 2  # with more between heading and text, the text is not where the heading is
_LOOKED_AT = 12  # elements after the heading
_NAMED_LEAD = ("lead", "manchet", "ingress", "standfirst")
_NAMED_BESIDE = etree.XPath(
    "//*[self::div or self::section or self::p or self::span or self::aside][contains(@class, 'ookie') or "
    "contains(@id, 'ookie') or contains(@class, 'consent') or contains(@id, 'consent') or contains(@class, 'byline')]"
)
_LONGEST_BESIDE = 1500  # characters; what is longer is an article about cookies
_NOT_SHOWN = ("script", "style", "svg", "template")
_BESIDE = frozenset({"aside", "figure", "footer", "form", "h1", "header", "nav", "time"})
_LARGE = 600_000  # characters of markup; the comparison with other algorithms costs seconds there


def paragraphs(root: lxml.html.HtmlElement, size: int, url: str) -> list[str]:
    """The article's paragraphs with headings, lists and quotations among them. ``size``: of the page, in characters.

    Scripts are taken out of ``root``: what they state is read before, and a walled page's text stays in them.
    """
    etree.strip_elements(root, *_NOT_SHOWN, with_tail=False)  # they are copied with the tree, several times
    fast = size > _LARGE
    precise = _run(root, url, precision=True, fast=fast)
    if _settled(_length(precise), _offered(root)):
        return precise
    return _around_heading(root, _in_page_order(root, _second_look(root, url, precise, fast=fast)))


def _second_look(root: lxml.html.HtmlElement, url: str, precise: list[str], *, fast: bool) -> list[str]:
    """Without consent banners and bylines, which both modes take for text where there is little else."""
    if _without_named(root):
        precise = _run(root, url, precision=True, fast=True)
    quick = _run(root, url, precision=False, fast=True)
    if precise and _length(precise) >= _TOO_LITTLE * _length(quick):
        return precise
    return quick if fast else _run(root, url, precision=False, fast=False)


def _without_named(root: lxml.html.HtmlElement) -> bool:
    """Takes them out of the tree; whether there were any."""
    found = [element for element in chosen(_NAMED_BESIDE, root) if isinstance(element, lxml.html.HtmlElement)]
    short = [element for element in found if len("".join(map(str, element.itertext()))) <= _LONGEST_BESIDE]
    for element in short:
        element.drop_tree()
    return bool(short)


def _in_page_order(root: etree._Element, found: list[str]) -> list[str]:
    """As the page has them: what is gathered for a short text comes in the order of gathering."""
    places: dict[str, int] = {}
    for place, text in enumerate(tidy(blocks(root))):
        places.setdefault(text, place)
    return sorted(found, key=lambda text: places[text]) if all(text in places for text in found) else found


def _around_heading(root: etree._Element, found: list[str]) -> list[str]:
    """What stands in the same ``article`` as the heading, where it has one: not the teasers gathered to fill up."""
    heading = next(root.iter("h1"), None)
    place = None if heading is None else next(heading.iterancestors("article"), None)
    own = set() if place is None else set(tidy(blocks(place, without=_BESIDE | {"article"})))
    return [text for text in found if text in own] or found


def with_lead(root: etree._Element, found: list[str]) -> list[str]:
    """With the lead, which many pages set apart from the body, between the heading and the first paragraph."""
    leads: list[str] = []
    for element in islice(_after_heading(root), _LOOKED_AT):
        text = line("".join(map(str, element.itertext())))
        if text in found:
            return [*leads, *found]
        if len(text) >= _SHORTEST_LEAD and text.endswith(_SENTENCE_ENDS) and text not in leads:
            leads.append(text)
        if len(leads) > _MOST_LEADS:
            break
    return found


def _after_heading(root: etree._Element) -> Iterator[etree._Element]:
    """Paragraphs, and what is named as a lead, behind the first heading."""
    elements = root.iter("h1", "h2", "div", "p")
    for element in elements:
        if element.tag == "h1":
            break
    for element in elements:
        if element.tag == "p" or any(name in (element.get("class") or "") for name in _NAMED_LEAD):
            yield element


def in_order(root: etree._Element) -> list[str]:
    """All that stands in the article in the page's own order: for live blogs, whose posts look like articles each."""
    place = next(root.iter("article"), None)
    place = next(root.iter("main"), root) if place is None else place
    return tidy(blocks(place, without=_BESIDE))


def _settled(length: int, offered: int) -> bool:
    """Whether so much of the page's paragraphs was taken that a second look would not find an article elsewhere."""
    return length > 0 and offered > 0 and length >= (_SHARE if length >= _ENOUGH else _SHARE_OF_SHORT) * offered


def _run(root: lxml.html.HtmlElement, url: str, *, precision: bool, fast: bool) -> list[str]:
    from trafilatura.core import bare_extraction

    try:
        found = bare_extraction(root, options=_options(precision=precision, fast=fast))
    except Exception as error:  # its heuristics meet every page there is, and one page is a value, not a failure
        raise Unreadable(f"could not be read ({type(error).__name__}); open it by hand", subject=url) from error
    return [] if found is None else tidy(blocks(found.body))


@cache
def _options(*, precision: bool, fast: bool) -> Any:
    """``xml``: the tree is wanted, and serialising it as text would be thrown away."""
    from trafilatura.settings import Extractor

    return Extractor(output_format="xml", comments=False, precision=precision, fast=fast)


def _length(found: list[str]) -> int:
    return sum(map(len, found))


def _offered(root: etree._Element) -> int:
    """Characters in paragraphs, wherever on the page they stand."""
    return sum(len("".join(map(str, p.itertext())).strip()) for p in root.iter("p"))
