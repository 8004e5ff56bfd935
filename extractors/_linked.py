"""A page's linked data (schema.org as JSON-LD): what it says of the article on it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree

_ARTICLES = re.compile(r"(?:.*(?:Article|Posting|Report)|Report.*|LiveBlog.*|PressRelease)$")
_LISTS = frozenset({"CollectionPage", "ItemList", "SearchResultsPage"})
_DEEPEST = 4  # @graph in a list in mainEntity
_LONGEST = 2_000_000  # characters: more is a page's whole state, not its description
_TRAILING_COMMA = re.compile(r",\s*(?=[}\]])")


def nodes(root: etree._Element) -> list[Mapping[str, Any]]:
    """Every node of every block that can be read."""
    scripts = [script for script in root.iter("script") if "ld+json" in (script.get("type") or "").lower()]
    return [node for script in scripts for node in _walked(_loaded(script.text or ""), 0)]


def article(found: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The first node that describes an article, ``{}`` where none does."""
    return next((node for node in found if any(_ARTICLES.match(kind) for kind in kinds(node))), {})


def is_list(found: list[Mapping[str, Any]]) -> bool:
    """Whether the page calls itself a list and describes no article."""
    return not article(found) and any(kind in _LISTS for node in found for kind in kinds(node))


def kinds(node: Mapping[str, Any]) -> list[str]:
    named = node.get("@type")
    return [kind for kind in (named if isinstance(named, list) else [named]) if isinstance(kind, str)]


def text(value: Any) -> str:
    """A value as text: itself, its ``@value``, or the first of a list."""
    if isinstance(value, list):
        return next((found for part in value if (found := text(part))), "")
    if isinstance(value, Mapping):
        return text(value.get("@value"))
    return value if isinstance(value, str) else ""


def names(value: Any) -> list[str]:
    """The names of authors: strings, nodes with a ``name``, or a list of either."""
    if isinstance(value, list):
        return [name for part in value[:10] for name in names(part)]
    if isinstance(value, Mapping):
        return names(value.get("name"))
    return [value] if isinstance(value, str) and value.strip() else []


def free(node: Mapping[str, Any]) -> bool:
    """Whether everybody may read it: publishers write the value as a boolean or as a word."""
    return str(node.get("isAccessibleForFree", True)).strip().lower() not in {"false", "no", "0"}


def _loaded(raw: str) -> Any:
    if len(raw) > _LONGEST:
        return None
    for attempt in (raw, _TRAILING_COMMA.sub("", raw.strip().removeprefix("<!--").removesuffix("-->"))):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _walked(value: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for part in value:
            yield from _walked(part, depth + 1)
    elif isinstance(value, Mapping):
        yield value
        for name in ("@graph", "mainEntity"):
            yield from _walked(value.get(name), depth + 1)
