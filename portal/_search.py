"""The search page: what is asked of the index, and what the page says."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from articles.errors import QueryError
from articles.model import Decision
from articles.ports import Found, Query, Results
from portal import _asked, _days, _show, _words
from portal._asked import Asked
from portal._desk import Desk

_log = logging.getLogger(__name__)

#: Values of a facet that are shown at once; the others unfold.
VALUES = 8

#: Field of the index -> (parameter, attribute of ``Asked``, heading).
_FACETS = {
    "feed": ("feeds", "Source"),
    "publisher": ("publishers", "Publisher"),
    "language": ("languages", "Language"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value of a facet: following ``address`` chooses it, or lets go of it where it is chosen."""

    name: str
    count: int
    address: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    heading: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A filter in force; following ``address`` lets go of it."""

    name: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A search that cannot be read, split at the place where it went wrong."""

    sentence: str
    before: str
    here: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """All that the page shows of what was found."""

    total: int
    took_ms: float
    results: tuple[_show.Result, ...]
    facets: tuple[Facet, ...]
    days: _days.Bars | None
    pages: int
    doubtful: int  # hits that are hidden because they are doubtful
    hits_in_all: int | None  # told only where nothing was found


def answer(desk: Desk, asked: Asked) -> Answer:
    """Asks the index. ``QueryError`` where the words cannot be read."""
    found = desk.search(_asked.query(asked, desk.zone))
    return Answer(
        total=found.total,
        took_ms=found.took_ms,
        results=_results(desk, found),
        facets=_facets(desk, asked, found),
        days=_bars(desk, asked, found),
        pages=max(1, -(-min(found.total, _asked.FURTHEST) // asked.size)),
        doubtful=_doubtful(desk, asked),
        hits_in_all=None if found.total else desk.search(Query(decisions=_asked.BOTH, size=1)).total,
    )


def _results(desk: Desk, found: Results) -> tuple[_show.Result, ...]:
    now = desk.now()
    threads = {one.hit.thread for one in found.found if one.hit.thread}
    sizes = {thread: _in_thread(desk, thread) for thread in threads}
    return tuple(_show.result(one, now, others=max(0, sizes.get(one.hit.thread, 1) - 1)) for one in found.found)


def _in_thread(desk: Desk, thread: str) -> int:
    return desk.search(Query(thread=thread, decisions=_asked.BOTH, size=1)).total


def thread(desk: Desk, thread: str, *, size: int) -> tuple[tuple[Found, ...], int]:
    """The newest hits of a thread, doubtful ones as well, and how many there are."""
    found = desk.search(Query(thread=thread, decisions=_asked.BOTH, size=size))
    return found.found, found.total


def _doubtful(desk: Desk, asked: Asked) -> int:
    if Decision.DOUBTFUL in asked.decisions:
        return 0
    return desk.search(_asked.query(asked, desk.zone, decisions=(Decision.DOUBTFUL,), size=1, offset=0)).total


def _bars(desk: Desk, asked: Asked, found: Results) -> _days.Bars | None:
    today: date = desk.now().astimezone(desk.zone).date()
    return _days.bars(found.days, today=today, since=asked.since, until=asked.until)


# ---------------------------------------------------------------- filters


def _facets(desk: Desk, asked: Asked, found: Results) -> tuple[Facet, ...]:
    facets = (_facet(desk, asked, field, found.facets.get(field, {})) for field in _FACETS)
    return tuple(facet for facet in facets if facet.values)


def _facet(desk: Desk, asked: Asked, field: str, counts: Mapping[str, int]) -> Facet:
    """What is chosen stands first, and stays where nothing was found."""
    attribute, heading = _FACETS[field]
    chosen: tuple[str, ...] = getattr(asked, attribute)
    known = dict.fromkeys(chosen, 0) | {value: count for value, count in counts.items() if value}
    ordered = sorted(known.items(), key=lambda pair: (pair[0] not in chosen, -pair[1], pair[0]))
    values = (
        Value(
            name=_value_name(desk, field, value),
            count=count,
            address=_asked.address(asked, **{attribute: _toggled(chosen, value)}),
            chosen=value in chosen,
        )
        for value, count in ordered
    )
    return Facet(heading=heading, values=tuple(values))


def _toggled(chosen: tuple[str, ...], value: str) -> tuple[str, ...]:
    return tuple(other for other in chosen if other != value) if value in chosen else (*chosen, value)


def _value_name(desk: Desk, field: str, value: str) -> str:
    if field == "feed":
        return desk.title(value)
    return _words.language(value) if field == "language" else value


def chips(desk: Desk, asked: Asked) -> list[Chip]:
    """Every filter in force, each with the address without it."""
    found = [
        Chip(
            name=f"{heading}: {_value_name(desk, field, value)}",
            address=_asked.address(asked, **{attribute: _toggled(getattr(asked, attribute), value)}),
        )
        for field, (attribute, heading) in _FACETS.items()
        for value in getattr(asked, attribute)
    ]
    if asked.thread:
        found.append(Chip(name="One story", address=_asked.address(asked, thread="")))
    if asked.since:
        found.append(Chip(name=f"From {_words.day(asked.since)}", address=_asked.address(asked, since=None)))
    if asked.until:
        found.append(Chip(name=f"To {_words.day(asked.until)}", address=_asked.address(asked, until=None)))
    if asked.seen_since or asked.seen_until:
        found.append(Chip(name=_window(desk, asked), address=_asked.address(asked, seen_since=None, seen_until=None)))
    return found


def _window(desk: Desk, asked: Asked) -> str:
    since = f" from {_words.moment(asked.seen_since, desk.zone)}" if asked.seen_since else ""
    until = f" to {_words.moment(asked.seen_until, desk.zone)}" if asked.seen_until else ""
    return f"First seen{since}{until}"


# ---------------------------------------------------------------- what went wrong, what was not seen


def broken(text: str, error: QueryError) -> Broken:
    """The search with the place marked; at its end where the position is beyond it."""
    at = max(0, min(error.position, len(text)))
    sentence = error.detail[:1].upper() + error.detail[1:]
    return Broken(
        sentence=sentence if sentence.endswith((".", "?", "!")) else f"{sentence}.",
        before=text[:at],
        here=text[at : at + 1],
        after=text[at + 1 :],
    )


def sources(desk: Desk) -> tuple[str, bool]:
    """One line on what can be seen at all, and whether all is well: without it "no hits" means little."""
    try:
        health = desk.health()
    except Exception:  # searching goes on whatever is wrong with the ledger or with one feed's module
        _log.exception("how the sources stand cannot be told")
        return "How the sources stand cannot be told now.", False
    fresh = sum(line.fresh for line in health)
    if not health:
        return "No source is set up.", False
    if fresh == len(health):
        return f"All {_words.counted(fresh, 'source is', 'sources are')} fresh.", True
    return f"{fresh} of {_words.counted(len(health), 'source is', 'sources are')} fresh.", False
