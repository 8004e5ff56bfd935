"""When a page says it was published: aware UTC, never the time of fetching."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from lxml import etree

#: Where a page's clock hangs, by the last part of its host. Everything else is read as Danish time.
_ZONES = {
    "eu": "Europe/Brussels",
    "se": "Europe/Stockholm",
    "no": "Europe/Oslo",
    "fi": "Europe/Helsinki",
    "de": "Europe/Berlin",
    "fr": "Europe/Paris",
    "nl": "Europe/Amsterdam",
    "uk": "Europe/London",
    "pl": "Europe/Warsaw",
    "ee": "Europe/Tallinn",
    "lv": "Europe/Riga",
    "lt": "Europe/Vilnius",
    "es": "Europe/Madrid",
    "it": "Europe/Rome",
    "pt": "Europe/Lisbon",
    "cz": "Europe/Prague",
    "ua": "Europe/Kyiv",
}
_HOME = "Europe/Copenhagen"
_FIRST_YEAR = 1990  # a smaller year is a page's way of saying "not set"
_AHEAD = timedelta(days=1)  # a page may be dated for tomorrow's paper, hardly later
_DAY_ONLY = re.compile(r"\d{4}-\d{2}-\d{2}|\d{8}")
_DANISH_ORDER = re.compile(r"(\d{1,2})[-./](\d{1,2})[-./](\d{4})(?:\D{1,8}(\d{1,2})[:.](\d{2}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """An instant, whether it was inferred, and how it was read."""

    at: datetime
    guessed: bool = False
    note: str = ""


def zone_of(url: str) -> str:
    """The name of the time zone of the site."""
    host = (urlsplit(url).hostname or "").lower()
    return _ZONES.get(host.rpartition(".")[2], _HOME)


def stated(raw: str, url: str, fetched_at: datetime) -> When | None:
    """What a field of the page says; ``None`` where it is no date, or one that cannot be."""
    text = " ".join(raw.split())
    found = _parsed(text) if text else None
    if found is None:
        return None
    note = ""
    if found.tzinfo is None:
        zone = zone_of(url)
        found = found.replace(tzinfo=ZoneInfo(zone))
        note = f"published on a day without a time: midnight in {zone}" if _DAY_ONLY.fullmatch(text) else ""
        note = note or f"published at a time without a zone: read as {zone}"
    return When(at=found.astimezone(UTC), note=note) if _plausible(found, fetched_at) else None


def _parsed(text: str) -> datetime | None:
    if text[:4].isdigit():
        try:
            return datetime.fromisoformat(re.sub(r"\s+(?=[+-]\d{2}:?\d{2}$)", "", text))
        except ValueError:
            return None
    if found := _DANISH_ORDER.match(text):
        day, month, year, hour, minute = (int(part or 0) for part in found.groups())
        try:
            return datetime(year, month, day, hour, minute)  # noqa: DTZ001 - its zone is the site's, added by the caller
        except ValueError:
            return None
    try:
        return parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def _plausible(found: datetime, fetched_at: datetime) -> bool:
    return found.year >= _FIRST_YEAR and found <= fetched_at + _AHEAD


def guessed(tree: etree._Element, url: str, fetched_at: datetime) -> When | None:
    """A date found in the page's words or address: midnight in Copenhagen. Copyright years are not searched.

    What stands beside the article is taken out of ``tree``: its dates are those of other articles.
    """
    from htmldate import find_date

    etree.strip_elements(tree, "aside", "footer", "nav", with_tail=False)
    try:
        raw = find_date(
            tree,
            original_date=True,
            extensive_search=False,  # the extensive one takes "© 2024" for a date
            url=url or None,
            min_date=datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC).replace(tzinfo=None),
            max_date=(fetched_at + _AHEAD).replace(tzinfo=None),
        )
    except (ValueError, TypeError, OverflowError, RecursionError, AttributeError):
        return None
    if not raw:
        return None
    at = datetime.fromisoformat(raw).replace(tzinfo=ZoneInfo(_HOME)).astimezone(UTC)
    return When(at=at, guessed=True, note=f"published {raw} by the page's own words: the time is not known")
