"""Markup to paragraphs, and paragraphs to a body: NFC, one blank line between two, nothing that cannot be seen."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from html import unescape

import lxml.html
from lxml import etree

#: Controls but white space; soft hyphen, zero-width and directional marks; lone surrogates; noncharacters.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ud800-\udfff"
    "\ufeff\ufff9-\ufffb\ufffe\uffff]"
)
_BREAK = "\x1e"  # stands for <br> until the block ends; no decoded page has it
#: Two breaks make a paragraph, and so does one before a quotation's or a list's mark.
_APART = re.compile(rf"\s*{_BREAK}\s*(?:{_BREAK}\s*)+|\s*{_BREAK}\s*(?=[-–—•*]\s)")
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")

#: Elements that end a paragraph: HTML's, and those of the tree that the extraction library builds.
_BLOCKS = frozenset(
    re.findall(
        r"\w+",
        """address article aside blockquote body center dd details dialog div dl dt fieldset figcaption figure footer
        form h1 h2 h3 h4 h5 h6 head header hr legend li main menu nav ol option p pre quote item list row section
        summary table tbody td textarea tfoot th thead title tr ul code cell""",
    )
)
_LEFT_OUT = frozenset(
    re.findall(r"\w+", "script style template noscript iframe object svg canvas select button math audio video")
)
_SPACED = frozenset({"cell", "td", "th"})  # cells of a row stay in one paragraph
_LAYOUT = re.compile(
    r"(?:</?(?!(?:p|br|h[1-6]|a|title|meta|link|script|style|body|head|html|time)\b)[a-z]\w*\b[^<>]*>\s*)+",
    re.IGNORECASE,
)

#: The parser needs a square of the number of attributes in a tag; no page that was written for readers has so many.
_MOST_SIGNS = 20_000  # of "=" on a page; with fewer, no tag has to be looked at
_LONG_TAG = re.compile(r"<[a-zA-Z][^<>]{5000,}>")
_MOST_ATTRIBUTES = 500


def line(text: str) -> str:
    """One line: NFC, single spaces, nothing unseen."""
    return " ".join(unicodedata.normalize("NFC", _UNSEEN.sub("", text)).split())


def tidy(texts: Iterable[str]) -> list[str]:
    """One line each; the empty ones are gone."""
    return [found for text in texts if (found := line(text))]


def joined(paragraphs: Iterable[str]) -> str:
    return "\n\n".join(paragraphs)


def plain(text: str) -> list[str]:
    """The paragraphs of a text without markup."""
    return tidy(_BLANK_LINE.split(text.replace("\r\n", "\n").replace("\r", "\n")))


def marked_up(html: str) -> list[str]:
    """Every paragraph of a fragment, in order; one without a tag is plain text with entities."""
    if "<" not in html:
        return plain(unescape(html))
    root = parsed(html)
    return [] if root is None else tidy(blocks(root))


def parsed(html: str) -> lxml.html.HtmlElement | None:
    """The tree, ``None`` where there is none. Nesting beyond what the parser follows is flattened, not lost."""
    if html.count("=") > _MOST_SIGNS:
        html = _LONG_TAG.sub(_without_attributes, html)
    root, complete = _parsed(html)
    return root if complete else _parsed(_LAYOUT.sub("<br><br>", html))[0]


def _without_attributes(tag: re.Match[str]) -> str:
    return tag[0] if tag[0].count("=") <= _MOST_ATTRIBUTES else tag[0].split(None, 1)[0] + ">"


def _parsed(html: str) -> tuple[lxml.html.HtmlElement | None, bool]:
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    try:
        root = lxml.html.document_fromstring(html.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError):
        return None, True
    return root, not any("depth" in entry.message for entry in parser.error_log)


def chosen(path: etree.XPath, root: etree._Element) -> list[etree._Element]:
    """The elements at ``path``."""
    found = path(root)
    return [element for element in found if isinstance(element, etree._Element)] if isinstance(found, list) else []


def blocks(root: etree._Element, without: frozenset[str] = frozenset()) -> list[str]:
    """The text of each block below ``root`` in reading order, untidied. No recursion: depth is the page's choice."""
    found: list[str] = []
    here: list[str] = []
    left_out = _LEFT_OUT | without
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        tag = element.tag
        if event == "start":
            if tag in left_out and element is not root:
                walk.skip_subtree()
                continue
            _begun(str(tag), here, found)
            if element.text:
                here.append(element.text)
            continue
        if tag in _BLOCKS and tag not in _SPACED:
            _ended(here, found)
        if element.tail and element is not root:
            here.append(element.tail)
    _ended(here, found)
    return found


def _begun(tag: str, here: list[str], found: list[str]) -> None:
    if tag in _SPACED:
        here.append(" ")
    elif tag in _BLOCKS:
        _ended(here, found)
    elif tag in {"br", "lb"}:
        here.append(_BREAK)


def _ended(here: list[str], found: list[str]) -> None:
    text = "".join(here)
    here.clear()
    if text and not text.isspace():
        found.extend(part.replace(_BREAK, " ") for part in _APART.split(text))
