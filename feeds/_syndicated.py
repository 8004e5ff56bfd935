"""The plain RSS and Atom feeds: one table of ``syndicated.toml`` each, no code."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from articles.errors import SettingError
from articles.model import Entry, Licence
from articles.ports import Cursor, Exchange, Feed, Occasion, Polled, Request, Silence
from feeds import _html, _rss

_FILE = Path(__file__).with_name("syndicated.toml")
_ACCEPT = "application/rss+xml, application/atom+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8"
_REQUIRED = frozenset({
    "title",
    "url",
    "language",
    "licence",
    "publisher",
    "schedule",
    "silence_h",
    "homepage",
    "dossier",
})
_OPTIONAL = frozenset({"zone", "form"})


def names() -> list[str]:
    """The tables, sorted."""
    return sorted(_tables())


def load(name: str) -> Feed:
    """The feed that a table describes. ``SettingError`` names the table and the key that is wrong."""
    return feed(name, _tables()[name])


@lru_cache(maxsize=1)
def _tables() -> Mapping[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def feed(name: str, table: Mapping[str, Any]) -> Feed:
    """A table as a feed. Public for tests of tables that are not in the file."""
    _checked(name, table)
    on_weekdays, on_weekends = table["silence_h"]
    return Feed(
        name=name,
        title=table["title"],
        poll=_poll(name, table),
        schedule=table["schedule"],
        silent_after=Silence(working_hours=timedelta(hours=on_weekdays), weekend=timedelta(hours=on_weekends)),
        licence=Licence(table["licence"]),
        homepage=table["homepage"],
        dossier=table["dossier"],
    )


def _wrong(name: str, key: str, why: str) -> SettingError:
    return SettingError(why, subject=f"feeds/syndicated.toml [{name}] {key}")


def _checked(name: str, table: Mapping[str, Any]) -> None:
    for key in sorted(_REQUIRED - set(table)):
        raise _wrong(name, key, "is missing; add it")
    for key in sorted(set(table) - _REQUIRED - _OPTIONAL):
        raise _wrong(name, key, f"is not a key of a feed; take it out, or choose one of {', '.join(sorted(_OPTIONAL))}")
    for key in sorted(set(table) - {"silence_h"}):
        if not isinstance(table[key], str) or not table[key].strip():
            raise _wrong(name, key, "must be a text; put it in quotation marks")
    _check_values(name, table)


def _check_values(name: str, table: Mapping[str, Any]) -> None:
    for key in ("url", "homepage"):
        if not _html.web_address(table[key]):
            raise _wrong(name, key, "is no web address; write it with https://")
    if table["licence"] not in {licence.value for licence in Licence}:
        known = ", ".join(licence.value for licence in Licence)
        raise _wrong(name, "licence", f"is unknown; choose one of {known}")
    if not _hours(table["silence_h"]):
        raise _wrong(name, "silence_h", "must be two numbers of hours, [on weekdays, at weekends]")
    if _zone(table.get("zone", "UTC")) is None:
        raise _wrong(name, "zone", "is no time zone; write for example Europe/Copenhagen")


def _hours(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(isinstance(h, int | float) and h > 0 for h in value)


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _poll(name: str, table: Mapping[str, Any]) -> Callable[[Cursor, Occasion], Exchange[Polled]]:
    licence, zone = Licence(table["licence"]), _zone(table["zone"]) if "zone" in table else None

    def poll(cursor: Cursor, _occasion: Occasion) -> Exchange[Polled]:
        answer = yield Request(url=table["url"], accept=_ACCEPT)
        if answer.unchanged:
            return Polled(cursor=cursor, unchanged=True)
        listing = _rss.read(answer, zone)
        entries = tuple(
            Entry(
                feed=name,
                guid=item.guid,
                url=item.link,
                title=item.title,
                summary=item.summary,
                published_at=item.published_at,
                published_raw=item.published_raw,
                language=table["language"],
                licence=licence,
                publisher=table["publisher"],
                form=table.get("form", ""),
                keywords=item.keywords,
                note="" if item.published_at else "the list gives no date that can be read",
            )
            for item in listing.items
        )
        return Polled(entries=entries, cursor=cursor, rejected=listing.rejected, problems=listing.problems)

    return poll
