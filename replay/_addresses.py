"""Who is who: every item's guid and address, as its source forms them. Derived from feed and key, hence stable."""

from __future__ import annotations

import re
import unicodedata
import zlib
from dataclasses import dataclass
from functools import cache
from uuid import NAMESPACE_URL, uuid5

from replay.day import Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """A plain RSS source. ``page`` and ``guid`` are patterns of ``{slug}``, ``{number}``, ``{uuid}`` and ``{key}``.

    ``dates``: rfc, iso (ISO 8601) or newline (rfc with a newline after it). ``validators`` as in ``Answer``.
    """

    feed: str
    title: str
    list_url: str
    page: str
    guid: str
    dates: str = "rfc"
    charset: str = "utf-8"
    mark: bool = False  # a byte order mark before the XML declaration
    gzip: bool = True
    validators: str = ""


_EUROPARL = "https://www.europarl.europa.eu"

_PLAIN = (
    Outlet(
        feed="dr_indland",
        title="DR Nyheder - Indland",
        list_url="https://www.dr.dk/nyheder/service/feeds/indland",
        page="https://www.dr.dk/nyheder/indland/{slug}",
        guid="urn:dr:article:{uuid}",
        validators="honoured",
    ),
    Outlet(
        feed="dr_politik",
        title="DR Nyheder - Politik",
        list_url="https://www.dr.dk/nyheder/service/feeds/politik",
        page="https://www.dr.dk/nyheder/politik/{slug}",
        guid="urn:dr:article:{uuid}",
        mark=True,
        validators="honoured",
    ),
    Outlet(
        feed="tv2",
        title="TV 2 Nyheder",
        list_url="https://feeds.services.tv2.dk/api/feeds/nyheder/rss",
        page="https://nyheder.tv2.dk/2026-11-19-{slug}",
        guid="https://nyheder.tv2.dk/id/{number}",
        validators="ignored",
    ),
    Outlet(
        feed="kristeligt_dagblad",
        title="Kristeligt Dagblad - nyheder",
        list_url="https://www.kristeligt-dagblad.dk/rss/nyheder",
        page="https://www.kristeligt-dagblad.dk/danmark/{slug}",
        guid="{uuid}",
        dates="iso",
    ),
    Outlet(
        feed="information",
        title="Information",
        list_url="https://www.information.dk/feed",
        page="https://www.information.dk/2026/11/{slug}",
        guid="{number} at https://www.information.dk",
        dates="newline",
        gzip=False,
    ),
    Outlet(
        feed="altinget",
        title="Altinget",
        list_url="https://www.altinget.dk/rss",
        page="https://www.altinget.dk/artikel/{slug}",
        guid="https://www.altinget.dk/artikel/{slug}",
        charset="iso-8859-1",
    ),
    Outlet(
        feed="politiken",
        title="Politiken.dk - seneste nyt",
        list_url="https://www.politiken.dk/rss/senestenyt.rss",
        page="https://politiken.dk/danmark/art{number}/{slug}",
        guid="https://politiken.dk/art{number}",
        validators="honoured",
    ),
    Outlet(
        feed="berlingske",
        title="Berlingske",
        list_url="https://www.berlingske.dk/content/rss",
        page="https://www.berlingske.dk/nyheder/{slug}?referrer=RSS",
        guid="urn:bm:article:{uuid}",
    ),
    Outlet(
        feed="presscorner",
        title="European Commission - Press corner",
        list_url="https://ec.europa.eu/commission/presscorner/api/rss",
        page="https://ec.europa.eu/commission/presscorner/detail/en/{key}",
        guid="https://ec.europa.eu/commission/presscorner/detail/en/{key}",
    ),
    Outlet(
        feed="riksdagen",
        title="Sveriges riksdag - dokument",
        list_url="https://data.riksdagen.se/dokumentlista/",
        page="https://data.riksdagen.se/dokument/{key}.html",
        guid="{key}",
    ),
)

#: The language versions of Parliament's press feed; the guid ends in the language (recorded 2026-07-28).
_PRESS = tuple(
    Outlet(
        feed=feed,
        title=title,
        list_url=f"{_EUROPARL}/rss/doc/press-releases/{language}.xml",
        page=f"{_EUROPARL}/news/{language}/press-room/{{key}}/",
        guid=f"IPR-COM_{{ipr}}_{language.upper()}",
        validators="honoured" if language == "en" else "",
    )
    for feed, language, title in (
        ("europarl", "en", "Press releases - European Parliament"),
        ("europarl_press_da", "da", "Pressemeddelelser - Europa-Parlamentet"),
        ("europarl_press_de", "de", "Pressemitteilungen - Europäisches Parlament"),
        ("europarl_press_fr", "fr", "Communiqués de presse - Parlement européen"),
    )
)

OUTLETS = {outlet.feed: outlet for outlet in (*_PLAIN, *_PRESS)}


def number(item: Item) -> int:
    """Seven digits that are the item's own."""
    return int(item.more.get("number", 2_000_000 + zlib.crc32(f"{item.feed}/{item.key}".encode()) % 7_000_000))


def uuid(item: Item) -> str:
    return uuid_of(item.feed, item.key)


@cache
def uuid_of(feed: str, key: str) -> str:
    """The identifier of the item with this key; a wire item's ``NewsID``."""
    return str(uuid5(NAMESPACE_URL, f"https://replay.example/{feed}/{key}"))


def slug(title: str) -> str:
    """A title as Danish sites put it into addresses: ``"Særlov på vej"`` is ``saerlov-paa-vej``."""
    spelt = title.lower().replace("æ", "ae").replace("ø", "oe").replace("å", "aa").replace("ß", "ss")
    plain = unicodedata.normalize("NFKD", spelt).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80].strip("-")


def guid(item: Item) -> str:
    """The guid that the feed's adapter gives its entry."""
    if item.feed == "ritzau_wire":
        return uuid(item)
    if item.feed == "via_ritzau":
        return str(number(item))
    if item.feed == "folketinget":
        return f"{'sag' if item.more['entity'] == 'Sag' else 'dokument'}-{item.more['number']}"
    if item.feed == "europarl":
        return item.key
    return _filled(OUTLETS[item.feed].guid, item)


def rss_guid(item: Item) -> str:
    """The guid that stands in the list, where that is not what the adapter makes of it."""
    return _filled(OUTLETS[item.feed].guid, item)


def url(item: Item) -> str:
    """Where a reader finds it; ``""`` for a wire item."""
    if item.feed == "ritzau_wire":
        return ""
    if item.feed == "via_ritzau":
        return _via(item)
    if item.feed == "folketinget":
        return str(item.more["page"])
    if item.feed == "europarl" and item.form != "press release":
        return f"{_EUROPARL}/doceo/document/{item.key}_EN.html"
    return _filled(OUTLETS[item.feed].page, item)


def _via(item: Item) -> str:
    path = f"https://via.ritzau.dk/pressemeddelelse/{number(item)}/{slug(item.title)}"
    if item.form == "short message":
        return f"{path}?lang=da#sm-{number(item)}"
    return f"{path}?publisherId={item.more['publisher_id']}&lang=da"


def _filled(pattern: str, item: Item) -> str:
    key = item.key
    ipr = f"IPR-{key[:4]}-{key[4:6]}-{key[6:8]}-{key[-5:]}" if "IPR" in key else ""
    return pattern.format(slug=slug(item.title), number=number(item), uuid=uuid(item), key=key, ipr=ipr)
