"""Tantivy's side of the index: its schema, and our queries as its objects."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any

from tantivy import Document, FieldType, Occur, Query, Schema, SchemaBuilder

from articles import ports
from articles.model import Status
from articles.ports import Hit
from hits._analysis import looked_up, phrases
from hits._document import COUNTED, LONGEST_VALUE, microseconds, plain, searched
from hits._query import All, Either, Phrase, Prefix, Tree, Without, Word

#: How much more a word in the title says than one in the body.
TITLE = 3.0

_LONGEST_KEY = 20  # digits of 2**64


@cache
def schema() -> Schema:
    """Stems are split at white space and nothing more: the analysis is ours."""
    made = SchemaBuilder()
    made.add_bytes_field("hit", stored=True)
    made.add_text_field("id", tokenizer_name="raw", index_option="basic")
    for name in ("title_words", "body_words"):
        made.add_text_field(name, tokenizer_name="whitespace", index_option="position")
    made.add_text_field("written", tokenizer_name="whitespace", index_option="basic")
    for name in (*COUNTED, "facet", "day"):
        made.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    made.add_text_field("thread", tokenizer_name="raw", index_option="basic")
    for name in ("at", "seen"):
        made.add_integer_field(name, indexed=True, fast=True)
    made.add_text_field("order", tokenizer_name="raw", index_option="basic", fast=True)
    return made.build()


def document(hit: Hit) -> Document:
    """A hit as it is put. Empty values are not put: there is nothing to count in them."""
    shown, held = plain(hit), searched(hit)
    made = Document(**{name: held[name] for name in ("title_words", "body_words", "written", "day")})
    made.add_text("id", hit.id)
    pairs = [(name, shown[name]) for name in (*COUNTED, "thread")] + [("facet", pair) for pair in held["facet"]]
    for name, value in pairs:
        if value and len(value) <= LONGEST_VALUE:
            made.add_text(name, value)
    made.add_integer("at", held["at"])
    made.add_integer("seen", held["seen"])
    made.add_text("order", _order(held["at"], hit.id))
    made.add_bytes("hit", json.dumps(shown, ensure_ascii=False).encode())
    return made


def _order(at: int, hit_id: str) -> str:
    """Sorts newest first and, at one instant, by id: unique, so that pages neither overlap nor leave a hit out."""
    return f"{2**63 - at:0{_LONGEST_KEY}d}:{hit_id}"


def wanted(query: ports.Query, tree: Tree) -> Query:
    """The whole search: words and filters."""
    parts = [(Occur.Must, _words(tree)), *((Occur.Must, part) for part in _filters(query))]
    if not query.with_withdrawn:
        parts.append((Occur.MustNot, term("status", Status.WITHDRAWN.value)))
    return Query.boolean_query(parts)


def term(field: str, value: str) -> Query:
    return Query.term_query(schema(), field, value, "basic")


def _filters(query: ports.Query) -> Iterable[Query]:
    chosen: dict[str, Sequence[str]] = {
        "decision": [decision.value for decision in query.decisions],
        "feed": query.feeds,
        "language": query.languages,
        "publisher": query.publishers,
        "thread": [query.thread] if query.thread else [],
    }
    for field, values in chosen.items():
        if values:
            yield Query.const_score_query(Query.term_set_query(schema(), field, list(values)), 0.0)
    for field, since, until in (
        ("at", query.since, query.until),
        ("seen", query.seen_since, query.seen_until),
    ):
        if since or until:
            low = microseconds(since) if since else None
            high = microseconds(until) - 1 if until else None  # up to and with it: tantivy's own wording
            within = Query.range_query(schema(), field, FieldType.Integer, low, high)
            yield Query.const_score_query(within, 0.0)


def _words(tree: Tree) -> Query:
    """A part of the search as a query that scores, but for ``Without``."""
    if isinstance(tree, Word):
        return _anywhere(_term, looked_up(tree.word))
    if isinstance(tree, Phrase):
        return _anywhere(_phrase, phrases(tree.words))
    if isinstance(tree, Prefix):
        return Query.fuzzy_term_query(schema(), "written", tree.prefix, distance=0, prefix=True)
    if isinstance(tree, Either):
        return Query.boolean_query([(Occur.Should, _words(part)) for part in tree.parts])
    if isinstance(tree, Without):
        return Query.boolean_query([(Occur.Must, Query.all_query()), (Occur.MustNot, _words(tree.part))])
    return _all(tree)


def _all(tree: All) -> Query:
    without = [(Occur.MustNot, _words(part.part)) for part in tree.parts if isinstance(part, Without)]
    with_ = [(Occur.Must, _words(part)) for part in tree.parts if not isinstance(part, Without)]
    return Query.boolean_query([*(with_ or [(Occur.Must, Query.all_query())]), *without])


def _term(field: str, stem: str) -> Query:
    return Query.term_query(schema(), field, stem, "freq")


def _phrase(field: str, said: list[str]) -> Query:
    return Query.phrase_query(schema(), field, said)


def _anywhere(made: Callable[[str, Any], Query], values: Iterable[Any]) -> Query:
    """Any of the values, in the title or the body."""
    parts: list[tuple[Any, Query]] = []
    for value in values:
        parts.append((Occur.Should, Query.boost_query(made("title_words", value), TITLE)))
        parts.append((Occur.Should, made("body_words", value)))
    return Query.boolean_query(parts)
