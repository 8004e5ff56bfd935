"""What of the day is on topic, in the names that the adapters give: the measure that tests hold hits against."""

from __future__ import annotations

from collections.abc import Iterable

from replay import _addresses
from replay.day import Item, items


def served() -> tuple[Item, ...]:
    """The items that a client can get hold of: those that stand behind a list's break are left out."""
    return tuple(item for item in items() if not item.unseen)


def labels() -> dict[tuple[str, str], bool]:
    """(feed, guid) -> whether it covers protection for Russians who defect."""
    return {(item.feed, guid): item.topic for item in served() for guid in _guids(item)}


def by_url() -> dict[str, bool]:
    """Address -> the same; wire items have none."""
    return {_addresses.url(item): item.topic for item in served() if _addresses.url(item)}


def evidence() -> dict[tuple[str, str], str]:
    """(feed, guid) of an item on topic -> a phrase of its text that settles it."""
    return {(item.feed, guid): item.evidence for item in served() if item.evidence for guid in _guids(item)}


def _guids(item: Item) -> Iterable[str]:
    """More than one where an adapter may name an item by the list's guid or by its own number."""
    yield _addresses.guid(item)
    if item.feed == "europarl" and item.form == "press release":
        yield _addresses.rss_guid(item)
