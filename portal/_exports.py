"""A search as RSS, CSV or JSON. What the licence keeps to itself is in none of them. Pure, but for the asking."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from markupsafe import escape

from articles.errors import QueryError
from articles.model import Status
from articles.ports import Hit
from portal import _asked, _show, _words
from portal._asked import Asked
from portal._desk import Desk

_AT_ONCE = 500  # hits asked for at once
_IN_A_FEED = 50

_ATOM = "http://www.w3.org/2005/Atom"
_DC = "http://purl.org/dc/elements/1.1/"
ElementTree.register_namespace("atom", _ATOM)
ElementTree.register_namespace("dc", _DC)

#: What a spreadsheet takes for the beginning of a formula, also in full width.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "|", "%")

_COLUMNS = (
    "id", "title", "url", "publisher", "feed", "form", "language", "status", "licence", "published_at",
    "first_seen_at", "decision", "score", "classifier", "thread", "version", "evidence", "also", "portal_url",
)  # fmt: skip


# ---------------------------------------------------------------- what is exported


def everything(desk: Desk, asked: Asked) -> list[dict[str, Any]]:
    """A row per hit. ``QueryError`` where there are more than an export holds: it is never cut in silence."""
    rows: dict[str, dict[str, Any]] = {}
    for hit in _hits(desk, asked):
        rows.setdefault(hit.id, row(desk, hit))
    return list(rows.values())


def _hits(desk: Desk, asked: Asked) -> Iterator[Hit]:
    offset = 0
    while True:
        page = desk.search(_asked.query(asked, desk.zone, size=_AT_ONCE, offset=offset))
        if page.total > _asked.FURTHEST:
            most = f"{_asked.FURTHEST:,}"
            raise QueryError(f"{page.total:,} hits were found and an export holds {most}; narrow the search by dates")
        yield from (found.hit for found in page.found)
        offset += len(page.found)
        if not page.found or offset >= page.total:
            return


def row(desk: Desk, hit: Hit) -> dict[str, Any]:
    """One hit in plain values, as far as its licence allows."""
    return {
        "id": hit.id,
        "title": _show.plain(hit.title),
        "url": _show.web_address(hit.url),
        "publisher": _show.plain(hit.publisher),
        "feed": hit.feed,
        "form": _show.plain(hit.form),
        "language": hit.language,
        "status": hit.status.value,
        "licence": hit.licence.value,
        "published_at": _instant(hit.published_at),
        "first_seen_at": _instant(hit.first_seen_at),
        "decision": hit.decision.value,
        "score": round(hit.score, 4),
        "classifier": hit.classifier,
        "thread": hit.thread,
        "version": hit.version,
        "evidence": list(_show.quotes(hit, desk.now())),
        "also": [_show.plain(place) for place in hit.also],
        "portal_url": hit_url(desk, hit),
    }


def hit_url(desk: Desk, hit: Hit) -> str:
    return f"{desk.portal_url}/hit/{quote(hit.id, safe='')}"


def _instant(at: datetime | None) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else ""


# ---------------------------------------------------------------- JSON and CSV


def as_json(desk: Desk, asked: Asked) -> bytes:
    """``{"search", "address", "made_at", "total", "hits"}``."""
    rows = everything(desk, asked)
    whole = {
        "search": asked.text,
        "address": f"{desk.portal_url}/?{_asked.address(asked)}",
        "made_at": _instant(desk.now()),
        "total": len(rows),
        "hits": rows,
    }
    return json.dumps(whole, ensure_ascii=False, indent=1).encode("utf-8", "replace")


def as_csv(desk: Desk, asked: Asked) -> bytes:
    """With a byte order mark, without which spreadsheets garble æ, ø and å."""
    written = io.StringIO(newline="")
    table = csv.writer(written)
    table.writerow(_COLUMNS)
    for plain in everything(desk, asked):
        table.writerow([_cell(plain[column]) for column in _COLUMNS])
    return written.getvalue().encode("utf-8-sig", "replace")


def _cell(value: Any) -> str:
    """Never a formula: a title may begin with what a spreadsheet would run."""
    text = " | ".join(value) if isinstance(value, list) else str(value)
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text


# ---------------------------------------------------------------- RSS


def as_rss(desk: Desk, asked: Asked) -> bytes:
    """The newest hits of a search. An item comes anew where its source has corrected or withdrawn it."""
    meant = asked.with_(sort="newest", page=1)
    hits = [found.hit for found in desk.search(_asked.query(meant, desk.zone, size=_IN_A_FEED, offset=0)).found]
    rss = ElementTree.Element("rss", version="2.0")
    channel = ElementTree.SubElement(rss, "channel")
    address = f"{desk.portal_url}/?{_asked.address(meant)}".rstrip("?")
    title = f"defectorwatch: {asked.text}" if asked.text else "defectorwatch"
    _fields(channel, {"title": title, "link": address, "description": "Hits, the newest first.", "ttl": "15"})
    own = f"{desk.portal_url}/search.rss?{_asked.address(meant)}".rstrip("?")
    ElementTree.SubElement(channel, f"{{{_ATOM}}}link", href=own, rel="self", type="application/rss+xml")
    if hits:
        _fields(channel, {"lastBuildDate": _mail_date(max(hit.first_seen_at for hit in hits))})
    for hit in hits:
        _item(desk, channel, hit)
    return bytes(ElementTree.tostring(rss, encoding="utf-8", xml_declaration=True))


def _item(desk: Desk, channel: ElementTree.Element, hit: Hit) -> None:
    item = ElementTree.SubElement(channel, "item")
    badge = f"[{_words.BADGES[hit.status]}] " if hit.status in _words.BADGES else ""
    own = hit_url(desk, hit)
    _fields(item, {"title": badge + _show.plain(hit.title), "link": _show.web_address(hit.url) or own})
    guid = ElementTree.SubElement(item, "guid", isPermaLink="false")
    guid.text = hit.id if hit.status is Status.NEW else f"{hit.id}:{hit.status.value}:{hit.version}"
    _fields(
        item,
        {
            "pubDate": _mail_date(hit.published_at or hit.first_seen_at),
            f"{{{_DC}}}creator": _show.plain(hit.publisher) or desk.title(hit.feed),
            f"{{{_DC}}}language": _show.language_code(hit.language),
            "description": _description(_show.quotes(hit, desk.now()), hit, own),
        },
    )


def _description(sentences: Iterable[str], hit: Hit, own: str) -> str:
    quoted = "".join(f"<blockquote>{escape(sentence)}</blockquote>" for sentence in sentences)
    withdrawn = "<p>The source has withdrawn this text. Do not use it.</p>" if hit.status is Status.WITHDRAWN else ""
    score = f"{_words.DECISIONS[hit.decision]}, {_words.percent(hit.score)}"
    return f'{withdrawn}{quoted}<p>{score}. <a href="{escape(own)}">Evidence and thread</a></p>'


def _fields(parent: ElementTree.Element, fields: Mapping[str, str]) -> None:
    for name, value in fields.items():
        if value:
            ElementTree.SubElement(parent, name).text = _fit(value)


def _fit(text: str) -> str:
    """Without what XML 1.0 cannot hold."""
    return "".join(" " if c in "\ufffe\uffff" or "\ud800" <= c <= "\udfff" else c for c in _show.plain(text))


def _mail_date(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC), usegmt=True)
