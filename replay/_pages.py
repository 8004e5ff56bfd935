"""Article pages as outlets and the European Parliament serve them, with the clutter around the text."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from html import escape
from urllib.parse import urlsplit

from replay import _addresses, _faults
from replay._addresses import OUTLETS
from replay._answers import Answer, Route, Routes, always, place
from replay.day import Item, items, of

_PRESS = {"europarl", "europarl_press_da", "europarl_press_de", "europarl_press_fr"}

#: What a page is instead of an article, by the item's ``page``.
_INSTEAD: dict[str, Callable[[], Answer]] = {
    "missing": _faults.missing,
    "challenge": _faults.cloudflare,
    "endless": _faults.endless,
    "bomb": _faults.bomb,
}


def routes() -> Routes:
    """The page behind every item of the plain lists and of Parliament's press feeds."""
    linked = [item for item in items() if item.feed in OUTLETS and _has_page(item)]
    return {place(_addresses.url(item)): _page(item) for item in linked}


def _has_page(item: Item) -> bool:
    return item.feed != "europarl" or item.form == "press release"


def _page(item: Item) -> Route:
    kind = item.more.get("page", "")
    if kind in _INSTEAD:
        return lambda _ask: _INSTEAD[kind]()
    html = _parliament(item) if item.feed in _PRESS else _outlet(item, walled=kind == "paywall")
    return always(Answer(body=html.encode(), gzip=True))


def paragraphs(texts: Sequence[str], attributes: str = "") -> str:
    """The paragraphs as HTML."""
    return "\n".join(f"<p{attributes}>{escape(text, quote=False)}</p>" for text in texts)


# ---------------------------------------------------------------- outlets

_COOKIES = (
    '<div id="cookie-banner" class="consent" role="dialog"><h2>{ask}</h2><p>{why}</p>'
    "<button>OK</button> <button>{no}</button></div>"
)
_WORDS = {
    "da": (
        "Vi bruger cookies",
        "Vi og vores samarbejdspartnere gemmer oplysninger på din enhed for at vise annoncer.",
        "Afvis alle",
        "Del artiklen",
        "Læs også",
        "Forsiden|Indland|Udland|Politik|Penge|Kultur|Vejret|Sport",
        "Alle rettigheder forbeholdes. Ansvarshavende chefredaktion og kontakt findes under Om os.",
        "Log ind for at læse videre. Artiklen er forbeholdt abonnenter.",
    ),
    "en": (
        "We use cookies",
        "This site uses cookies to offer you a better browsing experience.",
        "Accept only essential cookies",
        "Share this page",
        "Related topics",
        "Home|Commission|Policies|Funding|Press corner|About us",
        "Languages on our websites. Privacy policy. Legal notice. Accessibility.",
        "Log in to read on.",
    ),
    "sv": (
        "Vi använder kakor",
        "Kakorna hjälper oss att förbättra webbplatsen.",
        "Avvisa",
        "Dela sidan",
        "Läs också",
        "Start|Ledamöter|Dokument|Kalender|Om riksdagen",
        "Sveriges riksdag. Om webbplatsen. Tillgänglighet.",
        "Logga in för att läsa vidare.",
    ),
}


def _outlet(item: Item, *, walled: bool) -> str:
    ask, why, no, share, more, menu, foot, wall = _WORDS.get(item.language, _WORDS["en"])
    shown = item.paragraphs[:1] if walled else item.paragraphs
    rest = f'<div class="paywall"><p>{wall}</p><a href="/login">Log ind</a></div>' if walled else ""
    lead = f'<p class="article__lead">{escape(item.summary)}</p>' if item.summary else ""
    stated = item.at.isoformat() if item.at and not item.more.get("undated_page") else ""
    time = f'<time datetime="{stated}">{item.at:%d.%m.%Y %H.%M}</time>' if stated and item.at else ""
    host = urlsplit(_addresses.url(item)).netloc
    entries = "".join(f'<li><a href="/{_addresses.slug(word)}">{word}</a></li>' for word in menu.split("|"))
    return f"""<!doctype html>
<html lang="{item.language}"><head><meta charset="utf-8"><title>{escape(item.title)} | {escape(item.publisher)}</title>
{_graph(item, stated)}
{_linked_data(item, stated, walled=walled)}
<script>window.dataLayer = window.dataLayer || [];</script></head>
<body>
{_COOKIES.format(ask=ask, why=why, no=no)}
<header class="site-header"><a href="https://{host}/">{escape(item.publisher)}</a>
<nav><ul>{entries}</ul></nav></header>
<main><article class="article">
<h1>{escape(item.title)}</h1>
{lead}
<div class="byline">{_byline(item)} {time}</div>
<div class="share"><span>{share}</span> <button>Facebook</button><button>X</button><button>Mail</button></div>
<div class="article__body">
{paragraphs(shown)}
</div>
{rest}
</article>
<aside class="related"><h2>{more}</h2><ul>{_related(item)}</ul></aside></main>
<footer><p>{foot}</p></footer>
</body></html>
"""


def _byline(item: Item) -> str:
    return '<span class="author">Ritzau</span>' if "/ritzau/" in " ".join(item.paragraphs) else ""


def _related(item: Item) -> str:
    """Links to three neighbours in the same list: headlines that are not part of the text."""
    others = [other for other in of(item.feed) if other.key != item.key and not other.topic][:3]
    return "".join(f'<li><a href="{escape(_addresses.url(o))}">{escape(o.title)}</a></li>' for o in others)


def _graph(item: Item, stated: str) -> str:
    pairs = {
        "og:title": item.title,
        "og:description": item.lead,
        "og:type": "article",
        "og:url": _addresses.url(item).split("?")[0],
        "og:site_name": item.publisher,
        "article:published_time": stated,
    }
    lines = [f'<meta property="{name}" content="{escape(value)}">' for name, value in pairs.items() if value]
    return "\n".join([f'<link rel="canonical" href="{pairs["og:url"]}">', *lines])


def _linked_data(item: Item, stated: str, *, walled: bool) -> str:
    if item.more.get("plain_page"):
        return ""
    facts = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": item.title,
        "description": item.lead,
        "inLanguage": item.language,
        "isAccessibleForFree": not walled,
        "publisher": {"@type": "Organization", "name": item.publisher},
        "mainEntityOfPage": _addresses.url(item).split("?")[0],
    }
    facts |= {"datePublished": stated} if stated else {}
    return f'<script type="application/ld+json">{json.dumps(facts, ensure_ascii=False)}</script>'


# ---------------------------------------------------------------- European Parliament

_NAME = '<div class="ep-p_text"><span class="ep_name">{}</span><span class="ep_icon">&nbsp;</span></div>'


def _parliament(item: Item) -> str:
    """The template recorded on a press release of February 2025; the time on it has no zone."""
    assert item.at is not None
    canonical = f"{_addresses.url(item)}{_addresses.slug(item.title)}"
    facts = "".join(f"<ul><li>{_NAME.format(escape(fact))}</li></ul>" for fact in item.more.get("facts", ()))
    shares = "".join(
        f'<li class="ep-layout_{site.lower()}"><a href="#"><span class="ep_name">{site}</span></a></li>'
        for site in ("Facebook", "Twitter", "LinkedIn", "WhatsApp")
    )
    return f"""<!DOCTYPE html>
<html lang="{item.language}"><head><meta charset="UTF-8"/>
<title>{escape(item.title)} | News | European Parliament</title>
<meta property="og:title" content="{escape(item.title)} | News | European Parliament"/>
<meta property="og:description" content="{escape(item.lead)}"/>
<meta property="og:url" content="{canonical}"/>
<meta property="og:type" content="article"/>
<link rel="canonical" href="{canonical}"/>
{_alternates(item)}
</head><body class="js">
<header id="website-header"><nav><ul><li><a href="/portal/en">Home</a></li><li><a href="/news/en">News</a></li>
<li><a href="/meps/en/home">MEPs</a></li><li><a href="/committees/en/home">Committees</a></li></ul></nav></header>
<div id="cookie-policy" class="ep_cookie"><p>Cookies on the European Parliament website</p><button>Accept</button></div>
<article id="website-body" role="main">
<h1 class="ep_title">{_NAME.format(escape(item.title))}</h1>
<div class="ep-p_text ep-layout_category"><span class="ep_name">Press Releases</span></div>
<div class="ep-p_text ep-layout_date"><time itemprop="datePublished" datetime="{item.at:%Y-%m-%dT%H:%M:%S}">
{item.at:%d-%m-%Y - %H:%M}</time></div>
<div class="ep-m_share"><h2 class="ep_title">{_NAME.format("Share this page:")}</h2><ul>{shares}</ul></div>
<div class="ep-a_facts">{facts}</div>
<div class="ep-a_text ep-layout_chapo"><p class="ep-wysiwig_paragraph">{escape(item.paragraphs[0])}</p></div>
<div class="ep-a_text">{paragraphs(item.paragraphs[1:], ' class="ep-wysiwig_paragraph"')}</div>
</article>
<div class="ep-a_related"><h2 class="ep_title">{_NAME.format("Related")}</h2><ul>{_related(item)}</ul></div>
<div class="ep_gridcolumn"><div class="ep_title">{_NAME.format("Product information")}</div>
<ul><li>Ref.: {item.key}</li></ul></div>
<footer id="website-footer"><p>European Parliament - Legal notice - Privacy policy</p></footer>
</body></html>
"""


def _alternates(item: Item) -> str:
    stem = f"https://www.europarl.europa.eu/news/{{}}/press-room/{item.key}/"
    return "".join(
        f'<link rel="alternate" hreflang="{code}" href="{stem.format(code)}"/>\n'
        for code in ("da", "de", "en", "fr", "sv")
    )
