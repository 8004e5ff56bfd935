"""RSS and Atom, as they are and not as they should be.

Two tiers: fastfeedparser (quick, forgiving), and feedparser where that raises or finds nothing. Both convert dates by
rules of their own (a time without a zone becomes UTC, and the guid of an undated item is taken for a date where it
looks like one), so the dates are read from the XML itself, beside them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from articles.errors import Malformed
from articles.model import Problem
from articles.ports import Rejected, Response
from feeds import _answers, _html, _time

if TYPE_CHECKING:
    from lxml import etree

_DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]+)[\"']", re.IGNORECASE)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,500}\?>", re.IGNORECASE)
_ROOTS = frozenset({"rss", "feed", "RDF", "rdf"})
_DATES = ("pubDate", "published", "issued", "date", "updated", "modified")
_MARKS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_MOST_KEYWORDS = 20
_SUMMARY = 2000  # characters; a lead is some hundred, a longer description is the whole text in disguise


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of a list. ``guid`` and ``link`` are never empty, ``link`` is absolute."""

    guid: str
    link: str
    title: str
    summary: str
    published_at: datetime | None
    published_raw: str
    language: str
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list as read. ``problems`` names what is wrong with the XML where items could be read all the same."""

    items: tuple[Item, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    problems: tuple[Problem, ...] = ()


def read(answer: Response, zone: ZoneInfo | None = None) -> Listing:
    """The list in an answer. ``Challenged`` for a web page, ``Malformed`` for anything that is no feed at all.

    ``zone`` is where the source is, for dates without a zone. An item cut off by the end of the bytes is left for
    the next poll; items without an address are rejected; an item that occurs twice is taken once.
    """
    _answers.refuse_challenge(answer, "a feed")
    xml = _utf8(answer)
    if not xml.strip():
        raise Malformed("answers with nothing where a feed was due; it is tried again", subject=answer.url)
    tree, fault = _tree(xml)
    if fault:
        xml = _whole_items(xml)
        tree, _ = _tree(xml)
    if tree is None or _local(tree) not in _ROOTS:
        raise Malformed("answers with something that is neither RSS nor Atom; look at it by hand", subject=answer.url)
    found = _parsed(xml)
    return _listing(found, tree, answer.url, fault, zone)


def _listing(
    found: Sequence[Mapping[str, Any]], tree: etree._Element, url: str, fault: str, zone: ZoneInfo | None
) -> Listing:
    raws = _raw_dates(tree, found)
    base, language = _base(tree, url), _language(tree)
    items: dict[str, Item] = {}
    rejected: dict[str, Rejected] = {}
    for entry, raw in zip(found, raws, strict=True):
        item = _item(entry, raw, base, language, zone)
        if isinstance(item, Rejected):
            rejected.setdefault(item.guid, item)
        else:
            items.setdefault(item.guid, item)
    return Listing(items=tuple(items.values()), rejected=tuple(rejected.values()), problems=_faults(fault, items, url))


def _faults(fault: str, items: Mapping[str, Item], url: str) -> tuple[Problem, ...]:
    if not fault:
        return ()
    if not items:
        raise Malformed(f"is broken XML ({fault}) and no item could be read; it is tried again", subject=url)
    detail = f"{url}: is broken XML ({fault}); {len(items)} whole items were read, the rest is tried again"
    return (Problem(stage="poll", kind="malformed", detail=detail),)


# ---------------------------------------------------------------- bytes


def _utf8(answer: Response) -> bytes:
    """The body as UTF-8 under its own declaration. Order: byte order mark, declaration, header, Windows-1252."""
    body = answer.body
    for mark, charset in _MARKS.items():
        if body.startswith(mark):
            return _encoded(body.decode(charset, "replace").removeprefix("\ufeff"))
    declared = _DECLARED.match(body[:1024])
    named = declared[1].decode("ascii") if declared else ""
    for charset in filter(None, (named or "utf-8", answer.charset, "utf-8", "cp1252")):
        try:
            return _encoded(body.decode(charset))
        except (UnicodeError, LookupError):
            continue
    return _encoded(body.decode("latin-1"))


def _encoded(text: str) -> bytes:
    bare = _html.legal_xml(_html.without_controls(_DECLARATION.sub("", text, count=1)))
    return b'<?xml version="1.0" encoding="utf-8"?>' + bare.lstrip().encode("utf-8", "replace")


def _whole_items(xml: bytes) -> bytes:
    """Without what stands after the last whole item, if another one was begun there."""
    ends = [xml.rfind(end) + len(end) for end in (b"</item>", b"</entry>") if end in xml]
    last = max(ends, default=0)
    begun = re.search(rb"<(?:item|entry)\b", xml[last:])
    return xml[: last + begun.start()] if begun else xml


# ---------------------------------------------------------------- XML


def _tree(xml: bytes) -> tuple[etree._Element | None, str]:
    """The tree, and what is wrong with it; a broken one is read as far as it goes."""
    from lxml import etree

    safe: dict[str, Any] = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
    try:
        return etree.fromstring(xml, etree.XMLParser(**safe)), ""
    except etree.XMLSyntaxError as error:
        fault = " ".join(str(error.msg or "it cannot be parsed").split())[:160]
    except ValueError:
        fault = "it cannot be parsed"
    try:
        return etree.fromstring(xml, etree.XMLParser(recover=True, **safe)), fault
    except (etree.XMLSyntaxError, ValueError):
        return None, fault


def _local(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _raw_dates(tree: etree._Element, found: Sequence[Mapping[str, Any]]) -> list[str]:
    """The dates as written, in the order of the items; by name where the parser saw other items than the tree."""
    items = [element for element in tree.iter() if _local(element) in {"item", "entry"}]
    if len(items) == len(found):
        return [_raw_date(item) for item in items]
    dates = {name: _raw_date(item) for item in items for name in _names(item)}
    keys = ((str(entry.get("id", "")), str(entry.get("link", ""))) for entry in found)
    return [next((dates[name] for name in names if name in dates), "") for names in keys]


def _names(item: etree._Element) -> list[str]:
    """Its guid and its link."""
    named = [child for child in item if _local(child) in {"guid", "id", "link"}]
    return [name for child in named if (name := (child.text or child.get("href") or "").strip())]


def _raw_date(item: etree._Element) -> str:
    written = {_local(child): "".join(map(str, child.itertext())) for child in reversed(item) if _local(child)}
    return next((written[name] for name in _DATES if written.get(name, "").strip()), "")


def _base(tree: etree._Element, url: str) -> str:
    """What relative links hang on: the feed's own link, if it is one, else where the feed was fetched."""
    for element in tree.iter():
        if _local(element) in {"item", "entry"}:
            break
        if _local(element) == "link" and element.get("rel", "alternate") == "alternate":
            return _html.web_address(element.text or element.get("href"), url) or url
    return url


def _language(tree: etree._Element) -> str:
    """ISO 639-1 as the feed claims it; ``""`` where it claims none."""
    claimed = next((element.text or "" for element in tree.iter() if _local(element) == "language"), "")
    code = (claimed or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or "").strip().lower()[:2]
    return code if code.isalpha() and code.isascii() and len(code) == 2 else ""


# ---------------------------------------------------------------- items


def _parsed(xml: bytes) -> Sequence[Mapping[str, Any]]:
    """The items by fastfeedparser, else by feedparser. Both are given bytes: neither may fetch anything."""
    import fastfeedparser

    try:
        quick = fastfeedparser.parse(xml, include_media=False, include_enclosures=False).get("entries") or []
    except Exception:  # it raises whatever its parsers raise; the second tier decides
        quick = []
    return quick or _slowly(xml)


def _slowly(xml: bytes) -> Sequence[Mapping[str, Any]]:
    import feedparser

    try:
        entries: Sequence[Mapping[str, Any]] = feedparser.parse(BytesIO(xml), sanitize_html=False).entries
    except Exception:  # it too raises on some broken input; the caller then says that nothing could be read
        return []
    return entries


def _item(entry: Mapping[str, Any], raw: str, base: str, language: str, zone: ZoneInfo | None) -> Item | Rejected:
    title, guid = _html.line(entry.get("title")), _html.line(entry.get("id"))
    link = _html.web_address(_link(entry), base) or _html.web_address(guid if "://" in guid else "")
    if not link:
        return _rejected(entry, title, guid)
    return Item(
        guid=guid or link,
        link=link,
        title=title,
        summary=_html.beginning(_html.line(entry.get("summary") or entry.get("description")), _SUMMARY),
        published_at=_time.instant(raw, zone),
        published_raw=_html.without_controls(raw).strip(),
        language=language,
        keywords=_keywords(entry),
    )


def _link(entry: Mapping[str, Any]) -> object:
    if entry.get("link"):
        return entry["link"]
    links = entry.get("links") or []
    return next((link.get("href") for link in links if link.get("rel", "alternate") == "alternate"), "")


def _keywords(entry: Mapping[str, Any]) -> tuple[str, ...]:
    terms = (_html.line(tag.get("term")) for tag in entry.get("tags") or [])
    return tuple(dict.fromkeys(term for term in terms if 0 < len(term) <= 80))[:_MOST_KEYWORDS]


def _rejected(entry: Mapping[str, Any], title: str, guid: str) -> Rejected:
    source_form = "\n".join(
        f"{name}: {entry[name]}" for name in ("id", "link", "title", "published") if entry.get(name)
    )
    what = f"“{_html.beginning(title, 60)}”" if title else "an item without a title"
    detail = f"{what} has no web address; look at it at its source"
    return Rejected(
        guid=guid or hashlib.sha256(source_form.encode("utf-8", "replace")).hexdigest()[:32],
        raw=_html.without_controls(source_form),
        problem=Problem(stage="poll", kind="malformed", detail=detail),
    )
