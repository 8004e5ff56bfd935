"""What the index holds of a hit: the hit itself as plain JSON values, and the fields by which it is found."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from articles.errors import QueryError
from articles.model import Decision, Licence, Status
from articles.ports import Hit, Query, Results
from hits._analysis import base, marked, words
from hits._passages import found
from hits._query import Tree

#: Raised when the fields below change: an index of another version has to be rebuilt.
VERSION = 2

#: Fields whose values are counted over everything that was found, and by which a search is narrowed.
COUNTED = ("topic", "feed", "publisher", "form", "language", "status", "licence", "decision")

#: Characters; a longer value of a counted field is shown but neither counted nor narrowed by.
LONGEST_VALUE = 1000

#: As far as one can page: Elasticsearch's own limit for an index that nobody has configured.
FURTHEST = 10_000

_ZONE = ZoneInfo("Europe/Copenhagen")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def plain(hit: Hit) -> dict[str, Any]:
    """JSON values; instants as ISO 8601."""
    values = ((field.name, getattr(hit, field.name)) for field in dataclasses.fields(hit))
    return {
        **{name: _sound(value) if isinstance(value, str) else value for name, value in values},
        "published_at": hit.published_at.isoformat() if hit.published_at else None,
        "first_seen_at": hit.first_seen_at.isoformat(),
        "evidence": [_sound(sentence) for sentence in hit.evidence],
        "facets": {name: list(values) for name, values in hit.facets.items()},
        "grounds": {name: [_sound(sentence) for sentence in some] for name, some in hit.grounds.items()},
        "also": [_sound(place) for place in hit.also],
    }


def _sound(text: str) -> str:
    """Without halves of surrogate pairs, which JSON sources can send and no index takes."""
    return text.encode("utf-8", "replace").decode("utf-8")


def hit_from(held: Mapping[str, Any]) -> Hit:
    """The inverse of :func:`plain`; what else ``held`` has is left. One put before there were grounds has none."""
    published_at = held["published_at"]
    return Hit(**{
        **{field.name: held[field.name] for field in dataclasses.fields(Hit) if field.name != "grounds"},
        "status": Status(held["status"]),
        "licence": Licence(held["licence"]),
        "decision": Decision(held["decision"]),
        "published_at": datetime.fromisoformat(published_at) if published_at else None,
        "first_seen_at": datetime.fromisoformat(held["first_seen_at"]),
        "evidence": tuple(held["evidence"]),
        "facets": {name: tuple(values) for name, values in held["facets"].items()},
        "grounds": {name: tuple(sentences) for name, sentences in held.get("grounds", {}).items()},
        "also": tuple(held["also"]),
    })


def searched(hit: Hit) -> dict[str, Any]:
    """What is looked up in a hit and is no field of it."""
    at = hit.published_at or hit.first_seen_at
    title, body = words(hit.title), words(hit.body)
    language = base(hit.language)
    return {
        "title_words": " ".join(marked(title, language)),
        "body_words": " ".join(marked(body, language)),
        "written": " ".join(dict.fromkeys([*title, *body])),
        "at": microseconds(at),
        "seen": microseconds(hit.first_seen_at),
        "day": at.astimezone(_ZONE).date().isoformat(),
        "facet": [f"{name}={value}" for name, values in hit.facets.items() for value in values],
    }


def microseconds(at: datetime) -> int:
    """Since 1970; exact, where a float is not."""
    if at.tzinfo is None:
        raise QueryError(f"the instant {at.isoformat()} has no time zone; give it one")
    return (at - _EPOCH) // timedelta(microseconds=1)


def checked(query: Query) -> Query:
    """The query, or ``QueryError`` where it asks for what no engine gives."""
    if query.size < 0 or query.offset < 0:
        raise QueryError("a page has a size and an offset of 0 or more; correct them")
    if query.offset + query.size > FURTHEST:
        raise QueryError(
            f"only the first {FURTHEST} hits can be paged through; narrow the search, by date for instance"
        )
    if query.sort not in {"newest", "relevance"}:
        raise QueryError(f"{query.sort} is no order of hits; choose newest or relevance")
    return query


def results(
    total: int, page: Iterable[Hit], tree: Tree, counts: Mapping[str, Mapping[str, int]], *, started: float
) -> Results:
    """What a search gives. ``counts`` has every field of :data:`COUNTED`, ``facet`` and ``day``."""
    facets = {name: _by_count(counts.get(name, {})) for name in COUNTED}
    for pair, count in _by_count(counts.get("facet", {})).items():
        name, _, value = pair.partition("=")
        if name not in COUNTED:
            facets.setdefault(name, {})[value] = count
    shown = tuple(found(page, tree))
    days = {date.fromisoformat(day): count for day, count in sorted(counts.get("day", {}).items())}
    took_ms = (time.perf_counter() - started) * 1000
    return Results(total=total, found=shown, facets=facets, days=days, took_ms=took_ms)


def _by_count(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
