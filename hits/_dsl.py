"""Elasticsearch's side of the index: its mapping, and our queries as its query language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from articles.model import Status
from articles.ports import Hit, Query
from hits._analysis import looked_up, phrases
from hits._document import COUNTED, LONGEST_VALUE, VERSION, microseconds, plain, searched
from hits._query import All, Either, Phrase, Prefix, Tree, Without, Word

Body = dict[str, Any]

#: How much more a word in the title says than one in the body.
TITLE = 3.0

#: More distinct values of one field than this are not counted: 27 years of days.
VALUES = 10_000

_KEYWORD: Body = {"type": "keyword", "ignore_above": LONGEST_VALUE}
_INSTANT: Body = {"type": "date"}
_NUMBER: Body = {"type": "long"}
_STEMS: Body = {"type": "text", "analyzer": "whitespace"}  # the analysis is ours; built into every Elasticsearch
_SHOWN: Body = {"type": "text", "analyzer": "standard"}  # for people who look with other tools; we search the stems
_KEPT: Body = {"type": "object", "enabled": False}
_LOOKED_UP = ("title_words", "body_words", "written")

#: A field of the document that stands nowhere here is refused.
MAPPING: Body = {
    "dynamic": "strict",
    "_meta": {"version": VERSION},
    "_source": {"excludes": list(_LOOKED_UP)},
    "properties": {
        **dict.fromkeys(("id", *COUNTED, "thread", "classifier", "day", "facet", "also"), _KEYWORD),
        **dict.fromkeys(("title", "body", "evidence"), _SHOWN),
        **dict.fromkeys(_LOOKED_UP, _STEMS),
        **dict.fromkeys(("published_at", "first_seen_at"), _INSTANT),
        **dict.fromkeys(("at", "seen"), _NUMBER),  # microseconds: a date holds milliseconds
        "url": {"type": "keyword", "index": False, "doc_values": False},
        "score": {"type": "float"},
        "version": {"type": "integer"},
        **dict.fromkeys(("facets", "grounds"), _KEPT),
    },
}

#: Hits are some tens of thousands of short texts: one shard, so that counts and scores are exact.
SETTINGS: Body = {"number_of_shards": 1, "auto_expand_replicas": "0-1"}


def document(hit: Hit) -> Body:
    """A hit as it is put. Empty values are put to be read back, but not to be counted."""
    return {**plain(hit), **searched(hit)}


def search(query: Query, tree: Tree) -> Body:
    """The arguments of the client's ``search``."""
    by_time: list[Body] = [{"at": "desc"}, {"id": "asc"}]
    return {
        "query": {"bool": {"must": [_words(tree)], "filter": list(_filters(query)), "must_not": _not_wanted(query)}},
        "sort": by_time if query.sort == "newest" else [{"_score": "desc"}, *by_time],
        "from_": query.offset,
        "size": query.size,
        "track_total_hits": True,
        "aggs": {name: _count(name) for name in (*COUNTED, "facet", "day")},
    }


def _count(name: str) -> Body:
    return {"terms": {"field": name, "size": VALUES}}


def _not_wanted(query: Query) -> list[Body]:
    return [] if query.with_withdrawn else [{"term": {"status": Status.WITHDRAWN.value}}]


def _filters(query: Query) -> Iterator[Body]:
    chosen: dict[str, Sequence[str]] = {
        "decision": [decision.value for decision in query.decisions],
        "feed": query.feeds,
        "language": query.languages,
        "publisher": query.publishers,
        "thread": [query.thread] if query.thread else [],
    }
    for field, values in chosen.items():
        if values:
            yield {"terms": {field: list(values)}}
    for field, since, until in (
        ("at", query.since, query.until),
        ("seen", query.seen_since, query.seen_until),
    ):
        limits = {name: microseconds(at) for name, at in (("gte", since), ("lt", until)) if at}
        if limits:
            yield {"range": {field: limits}}


def _words(tree: Tree) -> Body:
    """A part of the search. Values only: no syntax of Elasticsearch's is in them."""
    if isinstance(tree, Word):
        return _anywhere("term", "value", looked_up(tree.word))
    if isinstance(tree, Phrase):
        return _anywhere("match_phrase", "query", [" ".join(said) for said in phrases(tree.words)])
    if isinstance(tree, Prefix):
        return {"prefix": {"written": {"value": tree.prefix}}}
    if isinstance(tree, Either):
        return {"bool": {"should": [_words(part) for part in tree.parts], "minimum_should_match": 1}}
    if isinstance(tree, Without):
        return {"bool": {"must_not": [_words(tree.part)]}}
    return _all(tree)


def _all(tree: All) -> Body:
    if not tree.parts:
        return {"match_all": {}}
    return {
        "bool": {
            "must": [_words(part) for part in tree.parts if not isinstance(part, Without)],
            "must_not": [_words(part.part) for part in tree.parts if isinstance(part, Without)],
        }
    }


def _anywhere(kind: str, name: str, values: Sequence[str]) -> Body:
    """Any of the values, in the title or the body."""
    parts: list[Body] = [{kind: {"title_words": {name: value, "boost": TITLE}}} for value in values]
    parts += [{kind: {"body_words": {name: value}}} for value in values]
    return {"bool": {"should": parts, "minimum_should_match": 1}}
