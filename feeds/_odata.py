"""OData version 3 as Folketinget serves it: what has changed since an instant, a hundred rows at a time.

Reading goes by ``opdateringsdato``, ascending. A row that changes while it is read moves to the end and everything
behind it moves up by one, so pages overlap. What is committed late, and the hour of October that comes twice, lie
inside :data:`OVERLAP`, which is read again each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from urllib.parse import quote, urlencode

from articles.errors import Malformed, SourceError, SourceFault
from articles.ports import Exchange, Request
from feeds import _answers
from feeds._time import COPENHAGEN

Row: TypeAlias = Mapping[str, Any]

API = "https://oda.ft.dk/api"
OVERLAP = timedelta(hours=2)
PAGE = 100  # rows; the server gives no more, whatever is asked for
MOST_PAGES = 30  # in one poll: a normal day has some 5 of each set, a mass update is read over several polls
_LAPPED = 10  # rows read twice at the edge of two pages
_MOST_PAGES_OF_A_TABLE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where reading starts: at this local time, after so many of its rows."""

    since: datetime  # naive, Europe/Copenhagen, whole seconds
    skip: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """The rows, each once, where the next poll starts, and what went wrong after them."""

    rows: tuple[Row, ...]
    next: Place
    fault: SourceError | None = None


@dataclass(frozen=True, slots=True)
class _Page:
    rows: tuple[Row, ...]
    more: bool


def local(raw: object) -> datetime | None:
    """A stamp as naive Danish time; ``None`` where it is none."""
    if not isinstance(raw, str):
        return None
    try:
        found = datetime.fromisoformat(raw.strip())
        return found.astimezone(COPENHAGEN).replace(tzinfo=None) if found.tzinfo else found
    except (ValueError, OverflowError):
        return None


def changed(entity: str, expand: str, start: Place, now: datetime) -> Exchange[Read]:
    """The rows of a set that have changed since. ``now`` is local; a failure keeps what was read before it."""
    rows: dict[object, Row] = {}
    skip, fault = start.skip, None
    for _ in range(MOST_PAGES):
        try:
            page = yield from _page(entity, _query(expand, start.since, skip))
            _check_filter(page.rows, start, entity)
        except SourceError as error:
            fault = error
            break
        rows.update((_key(row), row) for row in page.rows)
        skip += max(len(page.rows) - _LAPPED, 1)
        if not page.more:
            return Read(rows=tuple(rows.values()), next=_after(start, rows.values(), now))
    resumed = _resumed(start, rows.values(), now, skip=start.skip if fault else skip)
    return Read(rows=tuple(rows.values()), next=resumed, fault=fault)


def table(entity: str) -> Exchange[tuple[Row, ...]]:
    """All rows of a small set: types, periods."""
    rows: list[Row] = []
    for _ in range(_MOST_PAGES_OF_A_TABLE):
        page = yield from _page(entity, {"$orderby": "id", "$top": str(PAGE), "$skip": str(len(rows))})
        rows += page.rows
        if not page.more:
            break
    return tuple(rows)


# ---------------------------------------------------------------- one page


def _query(expand: str, since: datetime, skip: int) -> dict[str, str]:
    """One date and nothing else: filters of several parts were seen to bring unrelated rows."""
    query = {
        "$filter": f"opdateringsdato ge datetime'{since:%Y-%m-%dT%H:%M:%S}'",
        "$orderby": "opdateringsdato,id",
        "$top": str(PAGE),
        "$skip": str(skip),
    }
    return query | ({"$expand": expand} if expand else {})


def _page(entity: str, query: Mapping[str, str]) -> Exchange[_Page]:
    asked = urlencode(query, quote_via=quote, safe="',:/")  # spaces as %20: "+" is not for every OData server
    answer = yield Request(url=f"{API}/{entity}?{asked}", accept="application/json", conditional=False)
    found = _answers.read_json(answer)
    rows = found.get("value") if isinstance(found, dict) else None
    if not isinstance(rows, list):
        raise Malformed("answers JSON without rows (`value`); look at it by hand", subject=answer.url)
    kept = tuple(row for row in rows if isinstance(row, dict))
    return _Page(kept, bool(kept) and ("odata.nextLink" in found or len(rows) >= PAGE))


def _key(row: Row) -> object:
    key = row.get("id")
    return key if isinstance(key, int | str) else id(row)


def _check_filter(rows: Iterable[Row], start: Place, entity: str) -> None:
    """A filter on a field that it does not know is ignored silently, and then everything since 1952 comes."""
    stamps = _stamps(rows)
    if stamps and min(stamps) < start.since:
        detail = "ignores the filter on `opdateringsdato`; see whether the field has another name now"
        raise SourceFault(detail, subject=f"{API}/{entity}")


# ---------------------------------------------------------------- where the next poll starts


def _stamps(rows: Iterable[Row]) -> list[datetime]:
    return [stamp for row in rows if (stamp := local(row.get("opdateringsdato")))]


def _after(start: Place, rows: Iterable[Row], now: datetime) -> Place:
    """After a whole reading. A stamp in the future is a slip of the source's clock and moves nothing beyond now."""
    reached = min(max(_stamps(rows), default=start.since), now) - OVERLAP
    return Place(since=max(start.since, reached.replace(microsecond=0)))


def _resumed(start: Place, rows: Iterable[Row], now: datetime, *, skip: int) -> Place:
    """After a reading that broke off: at the last row, and never inside the overlap of now.

    Where that is no step forward (thousands of rows with one stamp), ``skip`` rows are passed over instead.
    """
    reached = min(max(_stamps(rows), default=start.since), now - OVERLAP).replace(microsecond=0)
    return Place(since=reached) if reached > start.since else Place(since=start.since, skip=skip)
