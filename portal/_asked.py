"""What is asked for: from an address's parameters to a search, and back to the one address of that search. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, TypeVar
from urllib.parse import urlencode

from articles.model import Decision
from articles.ports import Query

T = TypeVar("T")

PAGE = 20  # hits on a page
MOST_ON_A_PAGE = 100
FURTHEST = 10_000  # how deep the engines page, and how many hits an export holds
LONGEST = 1000  # characters of a search, as the engines have it; a mail joins all searches of its reader in one link
_LONGEST_VALUE = 300  # characters of one filter's value
_MOST_VALUES = 30  # values of one filter

BOTH = (Decision.ON_TOPIC, Decision.DOUBTFUL)
DECISIONS = {"on_topic": (Decision.ON_TOPIC,), "any": BOTH, "doubtful": (Decision.DOUBTFUL,)}
SORTS = ("newest", "relevance")
_YEARS = range(1970, 2101)

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A search as an address says it. Days are whole days in the portal's zone, the last one included."""

    text: str = ""
    decisions: tuple[Decision, ...] = (Decision.ON_TOPIC,)
    feeds: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()
    thread: str = ""
    since: date | None = None
    until: date | None = None
    seen_since: datetime | None = None
    seen_until: datetime | None = None
    sort: str = "newest"
    page: int = 1
    size: int = PAGE

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.size

    @property
    def decision(self) -> str:
        """The word for ``decisions`` in an address and in the form."""
        return next(word for word, decisions in DECISIONS.items() if set(decisions) == set(self.decisions))

    @property
    def narrowed(self) -> bool:
        """Whether anything but the words and the decision narrows it."""
        return self.with_(page=1, size=PAGE, sort="newest") != Asked(text=self.text, decisions=self.decisions)

    def with_(self, **changes: Any) -> Asked:
        return replace(self, **changes)


def words(raw: str) -> str:
    """One line without control characters."""
    return _CONTROL.sub(" ", raw).strip()


def query(asked: Asked, zone: tzinfo, **changes: Any) -> Query:
    """The search that the index is asked."""
    meant = Query(
        text=asked.text,
        decisions=asked.decisions,
        feeds=asked.feeds,
        languages=asked.languages,
        publishers=asked.publishers,
        thread=asked.thread,
        since=_midnight(asked.since, zone) if asked.since else None,
        until=_midnight(asked.until + timedelta(days=1), zone) if asked.until else None,
        seen_since=asked.seen_since,
        seen_until=asked.seen_until,
        sort=asked.sort,
        size=asked.size,
        offset=asked.offset,
    )
    return replace(meant, **changes)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


# ---------------------------------------------------------------- to an address


def address(asked: Asked, **changes: Any) -> str:
    """The query string of this search, with some of it changed; from the first page unless another is named."""
    meant = asked.with_(**{"page": 1, **changes})
    return urlencode(_pairs(meant))


def _pairs(asked: Asked) -> list[tuple[str, str]]:
    """Only what differs from what is meant without it, in a fixed order."""
    usual = "any" if asked.thread else "on_topic"
    pairs = [("q", asked.text)]
    pairs += [("feed", value) for value in asked.feeds]
    pairs += [("language", value) for value in asked.languages]
    pairs += [("publisher", value) for value in asked.publishers]
    pairs += [
        ("decision", "" if asked.decision == usual else asked.decision),
        ("thread", asked.thread),
        ("since", asked.since.isoformat() if asked.since else ""),
        ("until", asked.until.isoformat() if asked.until else ""),
        ("seen_since", _instant(asked.seen_since)),
        ("seen_until", _instant(asked.seen_until)),
        ("sort", "" if asked.sort == "newest" else asked.sort),
        ("size", "" if asked.size == PAGE else str(asked.size)),
        ("page", "" if asked.page == 1 else str(asked.page)),
    ]
    return [(name, value) for name, value in pairs if value]


def _instant(at: datetime | None) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else ""


# ---------------------------------------------------------------- from an address


def read(params: Iterable[tuple[str, str]]) -> tuple[Asked, dict[str, str]]:
    """The search, and what is wrong with it: parameter -> one sentence. What is wrong is left out of the search."""
    return _Reader(params).asked()


class _Reader:
    """Reads one parameter after the other and keeps what is wrong."""

    def __init__(self, params: Iterable[tuple[str, str]]) -> None:
        self.values: dict[str, list[str]] = {}
        self.wrong: dict[str, str] = {}
        for name, value in params:
            if cleaned := words(value):
                self.values.setdefault(name, []).append(cleaned)

    def asked(self) -> tuple[Asked, dict[str, str]]:
        thread = self._one("thread")[:_LONGEST_VALUE]
        since, until = self._read("since", _day, None), self._read("until", _day, None)
        if since and until and since > until:
            self.wrong["until"] = "The last day is before the first; change one of them."
        found = Asked(
            text=self._text(),
            decisions=self._decisions(BOTH if thread else DECISIONS["on_topic"]),
            feeds=self._many("feed"),
            languages=self._many("language"),
            publishers=self._many("publisher"),
            thread=thread,
            since=since,
            until=until,
            seen_since=self._read("seen_since", _moment, None),
            seen_until=self._read("seen_until", _moment, None),
            sort=self._sort(),
            page=self._read("page", _count, 1),
            size=self._read("size", _size, PAGE),
        )
        if found.page * found.size > FURTHEST:
            self.wrong["page"] = f"Only the first {FURTHEST:,} hits can be paged through; narrow the search."
            found = found.with_(page=1)
        return found, self.wrong

    def _one(self, name: str) -> str:
        return self.values.get(name, [""])[-1]

    def _many(self, name: str) -> tuple[str, ...]:
        values = tuple(dict.fromkeys(self.values.get(name, ())))
        if len(values) > _MOST_VALUES or any(len(value) > _LONGEST_VALUE for value in values):
            self.wrong[name] = f"At most {_MOST_VALUES} values of {_LONGEST_VALUE} characters; choose fewer."
            return ()
        return values

    def _read(self, name: str, kind: Callable[[str], T], usual: T) -> T:
        raw = self._one(name)
        try:
            return kind(raw) if raw else usual
        except ValueError as wrong:
            self.wrong[name] = str(wrong)
            return usual

    def _text(self) -> str:
        text = self._one("q")
        if len(text) > LONGEST:
            self.wrong["q"] = (
                f"A search has at most {LONGEST:,} characters, and this one has {len(text):,}; shorten it."
            )
        return text[:LONGEST]

    def _decisions(self, usual: tuple[Decision, ...]) -> tuple[Decision, ...]:
        asked = self.values.get("decision", [])
        if unknown := [word for word in asked if word not in DECISIONS]:
            self.wrong["decision"] = f"“{unknown[0][:40]}” is no decision; choose on_topic, doubtful or any."
        named = {decision for word in asked for decision in DECISIONS.get(word, ())}
        return tuple(decision for decision in BOTH if decision in named) or usual

    def _sort(self) -> str:
        sort = self._one("sort") or "newest"
        if sort not in SORTS:
            self.wrong["sort"] = f"“{sort[:40]}” is no order; choose newest or relevance."
            return "newest"
        return sort


def _day(raw: str) -> date:
    try:
        found = date.fromisoformat(raw)
    except ValueError:
        raise ValueError(f"“{raw[:40]}” is no day; write it as 2026-11-19.") from None
    return _in_range(found, raw)


def _moment(raw: str) -> datetime:
    try:
        found = datetime.fromisoformat(raw)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ValueError(f"“{raw[:40]}” is no instant; write it as 2026-11-19T06:00:00Z.")
    return _in_range(found, raw)


_D = TypeVar("_D", date, datetime)


def _in_range(found: _D, raw: str) -> _D:
    if found.year not in _YEARS:
        raise ValueError(f"“{raw[:40]}” is out of range; choose a year from {_YEARS[0]} to {_YEARS[-1]}.")
    return found


def _count(raw: str) -> int:
    if not re.fullmatch(r"0*[1-9][0-9]{0,5}", raw):
        raise ValueError(f"“{raw[:40]}” is no page; write a whole number from 1 on.")
    return int(raw)


def _size(raw: str) -> int:
    if not re.fullmatch(r"[0-9]{1,3}", raw) or not 1 <= int(raw) <= MOST_ON_A_PAGE:
        raise ValueError(f"“{raw[:40]}” is no number of hits; a page holds 1 to {MOST_ON_A_PAGE}.")
    return int(raw)
