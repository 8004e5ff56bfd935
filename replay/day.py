"""The recorded day: Thursday 19 November 2026, played on Friday morning at 06:45 in Copenhagen.

The texts lie in ``recorded/*.toml``, one file per source, and are all invented. A file starts with what its items
share (``feed``, ``language``, ``publisher``, ``form`` …), and ``[[item]]`` tables follow:

``key``        the item's short name, unique within its feed; identities and addresses are derived from it
``at``         when it was published, local time in Copenhagen (which is Brussels time as well); absent: undated
``text``       paragraphs separated by one blank line; ``= feed/key 1 3-4`` copies paragraphs of another item
``topic``      true where the item covers protection for Russians who defect; ``core = false`` for dissidents alone
``why``        of an item off topic: the kind of near miss that it is
``evidence``   a phrase of the text that settles it
``happening``  what is peculiar about the item
``unseen``     true where the source's list breaks off before it

Everything else is the source's own and goes to ``more``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

FOLDER = Path(__file__).parent / "recorded"
ZONE = ZoneInfo("Europe/Copenhagen")


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """``day`` is the day in the texts, ``digest_day`` the one whose morning mail covers it."""

    played_at: datetime  # what the clock says while the day is played
    day: date
    digest_day: date


DAY = Day(
    played_at=datetime.fromisoformat("2026-11-20T06:45:00+01:00"),
    day=date(2026, 11, 19),
    digest_day=date(2026, 11, 20),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One authored item, before it gets a source's shape. Strings are ``""`` where it has none."""

    feed: str
    key: str
    language: str  # of the text; what the source claims may differ
    title: str
    paragraphs: tuple[str, ...]
    at: datetime | None  # aware, Europe/Copenhagen
    publisher: str
    form: str = ""
    summary: str = ""
    topic: bool = False
    core: bool = True
    why: str = ""
    evidence: str = ""
    happening: str = ""
    unseen: bool = False
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def lead(self) -> str:
        """What a list shows of it: the authored summary, else the first paragraph."""
        return self.summary or (self.paragraphs[0] if self.paragraphs else "")

    @property
    def words(self) -> int:
        return len(" ".join(self.paragraphs).split())


_OWN = frozenset(
    {"feed", "key", "language", "title", "publisher", "form", "summary", "topic", "core", "why", "evidence"}
    | {"happening", "unseen", "at", "text"}
)


@cache
def items() -> tuple[Item, ...]:
    """Every item of the day, by file and then in the file's order."""
    rows = [row for path in sorted(FOLDER.glob("*.toml")) for row in _rows(path)]
    texts = {f"{row['feed']}/{row['key']}": _paragraphs(row.get("text", "")) for row in rows}
    return tuple(_item(row, texts) for row in rows)


def of(*feeds: str) -> tuple[Item, ...]:
    """The items of these feeds, newest first; undated ones come last."""
    found = [item for item in items() if item.feed in feeds]
    return tuple(sorted(found, key=lambda item: item.at.timestamp() if item.at else 0.0, reverse=True))


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    file = tomllib.loads(path.read_text(encoding="utf-8"))
    rows = file.pop("item")
    yield from ({**file, **row} for row in rows)


def _item(row: Mapping[str, Any], texts: Mapping[str, tuple[str, ...]]) -> Item:
    own = {name: value for name, value in row.items() if name in _OWN - {"at", "text"}}
    return Item(
        **own,
        paragraphs=tuple(_copied(texts[f"{row['feed']}/{row['key']}"], texts)),
        at=row["at"].replace(tzinfo=ZONE) if "at" in row else None,
        more={name: value for name, value in row.items() if name not in _OWN},
    )


def _paragraphs(text: str) -> tuple[str, ...]:
    parts = re.split(r"\n\s*\n", text.strip())
    return tuple(re.sub(r"\s+", " ", part).strip() for part in parts if part.strip())


def _copied(paragraphs: tuple[str, ...], texts: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    for paragraph in paragraphs:
        if not paragraph.startswith("= "):
            yield paragraph
            continue
        source, *places = paragraph[2:].split()
        for place in places:
            first, _, last = place.partition("-")
            yield from texts[source][int(first) - 1 : int(last or first)]
