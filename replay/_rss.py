"""RSS 2.0 as the outlets serve it, with their oddities: dates, byte order mark, character set, relative links."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from replay import _addresses
from replay._addresses import OUTLETS, Outlet
from replay._answers import RSS, Answer, Route, Routes, always, place
from replay.day import DAY, Item, of

_BREAKS_AFTER = {"berlingske": 3}  # whole items; the next one breaks off in its middle


def routes() -> Routes:
    """The list of every plain source, at its address."""
    return {place(outlet.list_url): _list(outlet) for outlet in OUTLETS.values()}


def _list(outlet: Outlet) -> Route:
    listed = [item for item in of(outlet.feed) if outlet.feed != "europarl" or item.form == "press release"]
    xml = channel(outlet.title, _home(outlet.list_url), [entry(item, outlet) for item in _twice(listed)], outlet)
    if outlet.feed in _BREAKS_AFTER:
        xml = _broken(xml, _BREAKS_AFTER[outlet.feed])
    body = (b"\xef\xbb\xbf" if outlet.mark else b"") + xml.encode(outlet.charset, "xmlcharrefreplace")
    media_type = RSS.replace("utf-8", outlet.charset)
    return always(Answer(body=body, media_type=media_type, validators=outlet.validators, gzip=outlet.gzip))


def _twice(listed: Sequence[Item]) -> list[Item]:
    """The list, with the items in it twice that are marked so."""
    return [item for item in listed for _ in range(2 if item.more.get("twice") else 1)]


def channel(title: str, link: str, entries: Sequence[str], outlet: Outlet | None = None) -> str:
    """A whole feed around these items."""
    charset = outlet.charset if outlet else "utf-8"
    language = outlet.list_url[-6:-4].upper() if outlet and "europarl" in outlet.list_url else "da"
    return (
        f'<?xml version="1.0" encoding="{charset.upper()}"?>\n<rss version="2.0">\n  <channel>\n'
        f"    <title>{escape(title)}</title>\n    <link>{escape(link)}</link>\n"
        f"    <description>{escape(title)}</description>\n    <language>{language}</language>\n"
        f"    <lastBuildDate>{stamp(DAY.played_at)}</lastBuildDate>\n" + "".join(entries) + "  </channel>\n</rss>\n"
    )


def entry(item: Item, outlet: Outlet) -> str:
    """One ``<item>``; what it lacks in the authored day, it lacks here."""
    guid, link = _addresses.rss_guid(item), _link(item)
    permalink = ' isPermaLink="false"' if not guid.startswith("http") else ""
    lead = item.lead
    lines = [f"<title>{escape(item.title)}</title>", f"<link>{escape(link)}</link>"]
    lines += [f"<description>{escape(lead)}</description>"] if lead else []
    lines += [f"<pubDate>{_date(item.at, outlet.dates)}</pubDate>"] if item.at else []
    lines += [f"<guid{permalink}>{escape(guid)}</guid>"]
    return "    <item>\n" + "".join(f"      {line}\n" for line in lines) + "    </item>\n"


def stamp(at: datetime) -> str:
    """RFC 2822 in GMT."""
    return format_datetime(at.astimezone(UTC), usegmt=True)


def _date(at: datetime, dates: str) -> str:
    if dates == "iso":
        return at.isoformat()
    return stamp(at) + ("\n" if dates == "newline" else "")


def _link(item: Item) -> str:
    url = _addresses.url(item)
    if item.more.get("relative"):
        parts = urlsplit(url)
        return parts.path + (f"?{parts.query}" if parts.query else "")
    return url


def _home(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"


def _broken(xml: str, whole: int) -> str:
    """The feed as a server leaves it that dies while writing: ``whole`` items, and half of the next."""
    parts = xml.split("<item>")
    return "<item>".join(parts[: whole + 1]) + "<item>" + parts[whole + 1][:120]
