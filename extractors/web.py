"""Pages of the web to texts: articles, press releases, and the fragments that feeds send along.

A page goes through: bytes to characters, one parse, what the page states (linked data, OpenGraph, meta), the article
(trafilatura), a check that there is one, and the language. A fragment (no ``html``, ``head`` or ``body``) is text
already: every paragraph of it is kept, in order. A PDF goes to the PDF extractor whatever its label says.

Linked data's ``articleBody`` is used only where the page shows no text, and never where the page says that it is not
for everybody: then the lead that everybody sees is the text, marked as partial.
"""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import replace

import lxml.html

from articles.errors import NotAnArticle, Unreadable
from articles.model import Page, Text
from extractors import _article, _clutter, _language, _when
from extractors._decode import decode
from extractors._facts import Facts, facts
from extractors._paragraphs import joined, marked_up, parsed, plain

NAME = "web"
VERSION = "1"

_READ = frozenset({
    "",
    "text/html",
    "application/xhtml+xml",
    "application/xml",
    "text/xml",
    "text/plain",
    "application/octet-stream",
    "application/pdf",
})
_WHOLE = re.compile(r"<(?:!doctype|html|head|body|title|meta)\b", re.IGNORECASE)
_LIST = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,2000}?-->\s*)?<(?:rss|feed|rdf:RDF)\b", re.DOTALL)
_SHOWN = 250  # characters; below them linked data may fill in
_KEPT_LEAD = 40  # characters of a description that is worth to be a walled page's text


def extract(page: Page) -> Text:
    """The page's text. ``NotAnArticle`` says what stands there instead, ``Unreadable`` why it is not read."""
    if page.body[:1024].lstrip().startswith(b"%PDF-") or page.media_type == "application/pdf":
        from extractors import pdf

        return pdf.extract(page)
    if page.media_type not in _READ:
        raise Unreadable(f"is {page.media_type}, which nothing here reads; open it by hand", subject=page.url)
    html, notes = decode(page)
    if _LIST.match(html):
        raise NotAnArticle("is a feed, not an article; poll it instead", subject=page.url)
    if page.media_type == "text/plain" or not _WHOLE.search(html[:5000]):
        found = _fragment(page, html)
    else:
        found = _document(page, html)
    return replace(found, notes=(*notes, *found.notes))


def _fragment(page: Page, html: str) -> Text:
    """Every paragraph of it."""
    body = joined(plain(html) if page.media_type == "text/plain" else marked_up(html))
    if not body:
        raise NotAnArticle("has no text in it; open it by hand", subject=page.url)
    return Text(title="", body=body, language=_language.told(body), extractor=f"{NAME}/{VERSION}")


def _document(page: Page, html: str) -> Text:
    root = parsed(html)
    if root is None:
        raise NotAnArticle("is empty; open it by hand", subject=page.url)
    _clutter.refuse_challenge(html, root, page.url)
    known = facts(root, page.url, page.fetched_at)
    when = known.when or _when.guessed(deepcopy(root), page.url, page.fetched_at)
    paragraphs, partial = _readable(page, root, known, html)
    body = joined(paragraphs)
    return Text(
        title=known.title,
        body=body,
        language=_language.told(f"{known.title}\n{body}", known.language),
        extractor=f"{NAME}/{VERSION}",
        byline=known.byline,
        published_at=when.at if when else None,
        published_guessed=when is not None and when.guessed,
        canonical_url=known.canonical_url,
        partial=partial,
        notes=(*known.notes, *((when.note,) if when and when.note else ())),
    )


def _readable(page: Page, root: lxml.html.HtmlElement, known: Facts, html: str) -> tuple[list[str], bool]:
    """What is left of the article without clutter, and whether more of it stands behind a wall."""
    links, walls = _clutter.links(root), _clutter.walls(root, html)
    found = _article.in_order(root) if known.live else _article.paragraphs(root, len(html), page.url)
    found = _article.with_lead(root, found)
    walled = known.closed or bool(walls) or any(map(_clutter.is_wall, found))
    found = [text for text in found if text not in walls and not _clutter.is_wall(text)]
    _clutter.refuse_other(found, links, known, page.url)
    kept = [text for text in found if not _clutter.is_row(text) and text not in links and text != known.title]
    kept = _clutter.without_contacts(kept)
    if sum(map(len, kept)) < _SHOWN and not walled and len(known.body) > _SHOWN:
        kept = marked_up(known.body)
    if not kept and len(known.lead) >= _KEPT_LEAD:
        kept, walled = [known.lead], True
    if not kept:
        raise NotAnArticle("has no text in it; open it by hand", subject=page.url)
    return kept, walled
