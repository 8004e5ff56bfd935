"""Via Ritzau: releases and short messages as RSS, JSON v2, and the pages behind them."""

from __future__ import annotations

import base64
import json
from datetime import UTC
from html import escape
from typing import Any
from urllib.parse import quote

from replay import _addresses, _pages, _rss
from replay._answers import JSON, RSS, Answer, Ask, Routes, always, place
from replay.day import Item, of

_HOME = "https://via.ritzau.dk"
_LISTED = 25  # of the RSS, observed 2026-09-15


def routes() -> Routes:
    """The lists, and a page per item."""
    listed = of("via_ritzau")
    found: Routes = {
        place(f"{_HOME}/rss/releases/latest"): always(_rss_list("Via Ritzau", _releases())),
        place(f"{_HOME}/rss/short-messages/latest"): always(_rss_list("Via Ritzau: Korte beskeder", _short_messages())),
        place(f"{_HOME}/json/v2/releases"): _json_v2,
    }
    found |= {place(_addresses.url(item)): always(_page(item)) for item in listed}
    details = {f"{_HOME}/public-website-api/release/{_addresses.number(item)}": item for item in _releases()}
    return found | {place(url): always(_detail(item)) for url, item in details.items()}


def _releases() -> list[Item]:
    return [item for item in of("via_ritzau") if item.form != "short message"]


def _short_messages() -> list[Item]:
    return [item for item in of("via_ritzau") if item.form == "short message"]


def _rss_list(title: str, listed: list[Item]) -> Answer:
    xml = _rss.channel(title, _HOME, [_entry(item) for item in listed[:_LISTED]])
    return Answer(body=xml.encode(), media_type=RSS, gzip=True)


def _entry(item: Item) -> str:
    """The guid is the link; there is no sender, and short messages have no description."""
    assert item.at is not None
    url = escape(_addresses.url(item))
    lead = (
        f"      <description>{escape(item.lead, quote=False)}</description>\n" if item.form != "short message" else ""
    )
    return (
        f"    <item>\n      <title>{escape(item.title, quote=False)}</title>\n      <link>{url}</link>\n{lead}"
        f"      <pubDate>{_rss.stamp(item.at)}</pubDate>\n      <guid>{url}</guid>\n    </item>\n"
    )


def _json_v2(ask: Ask) -> Answer:
    publisher = ask.query.get("publisher", "")
    if publisher and not publisher.isdigit():
        return Answer(status=400, media_type="text/plain")
    listed = [item for item in _releases() if not item.more.get("rss_only")]
    chosen = [item for item in listed if publisher in {"", str(item.more["publisher_id"])}]
    body = json.dumps({"releases": [_release(item) for item in chosen]}, ensure_ascii=False)
    return Answer(body=body.encode(), media_type=JSON, gzip=True)


def _release(item: Item) -> dict[str, Any]:
    """The documented fields; addresses are relative, as seen live in 2026."""
    assert item.at is not None
    return {
        "id": _addresses.number(item),
        "title": item.title,
        "url": _addresses.url(item).removeprefix(_HOME),
        "leadtext": f"<p>{escape(item.lead, quote=False)}</p>",
        "body": _pages.paragraphs(item.paragraphs),
        "keywords": item.more.get("keywords", []),
        "published": item.at.isoformat(),
        "publisher": {"id": item.more["publisher_id"], "name": item.publisher},
        "video": {"url": "", "description": "", "channelUrl": ""},
        "logos": [],
    }


def _detail(item: Item) -> Answer:
    """The website's own view of one release; ``body`` is a bare string on some."""
    assert item.at is not None
    html = _pages.paragraphs(item.paragraphs)
    shown = {
        "title": item.title,
        "type": "Pressemeddelelse",
        "url": _addresses.url(item).removeprefix(_HOME).replace("/pressemeddelelse/", "/release/"),
        "leadtext": f"<p>{escape(item.lead, quote=False)}</p>",
        "keywords": ", ".join(item.more.get("keywords", [])),
        "body": html if _addresses.number(item) % 5 == 0 else {"complete": html},
    }
    release = {"id": _addresses.number(item), "date": _rss_instant(item), "versions": {"da": shown}}
    return Answer(body=json.dumps(release, ensure_ascii=False).encode(), media_type=JSON, gzip=True)


def _rss_instant(item: Item) -> str:
    assert item.at is not None
    return f"{item.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z"


def _page(item: Item) -> Answer:
    """The page carries its state as base64 of percent-encoded JSON. That it shows the text as HTML too is assumed."""
    assert item.at is not None
    state = {"release": {"id": _addresses.number(item), "title": item.title}}
    packed = base64.b64encode(quote(json.dumps(state)).encode()).decode()
    lead = f'<p class="release__leadtext">{escape(item.summary)}</p>' if item.summary else ""
    html = f"""<!doctype html>
<html lang="da"><head><meta charset="utf-8"><title>{escape(item.title)} | {escape(item.publisher)}</title>
<meta property="og:title" content="{escape(item.title)}"><meta property="og:type" content="article">
<meta property="og:description" content="{escape(item.lead)}"><meta property="og:site_name" content="Via Ritzau">
<link rel="canonical" href="{escape(_addresses.url(item))}"></head>
<body><header><a href="/">Via Ritzau</a><nav><a href="/">Seneste</a> <a href="/udsendere">Udsendere</a></nav></header>
<div id="cookie-consent"><p>Vi bruger cookies til statistik.</p><button>OK</button></div>
<main><article class="release"><h1>{escape(item.title)}</h1>
<p class="release__byline"><time datetime="{item.at.isoformat()}">{item.at:%d.%m.%Y %H:%M:%S}</time>
{escape(item.publisher)}</p>
{lead}
<div class="release__body">{_pages.paragraphs(item.paragraphs)}</div></article>
<section class="share"><button>Del</button></section></main>
<footer><p>Via Ritzau udsendes af Ritzaus Bureau på vegne af udsenderen.</p></footer>
<script>window.__INITIAL_STATE__ = '{packed}';</script></body></html>
"""
    return Answer(body=html.encode(), gzip=True)
