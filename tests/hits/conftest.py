"""Hits of our own making, and a shelf of each engine to put them on."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from articles.ports import Hit, Index, Query, Results
from tests.sample import sample

AT = datetime(2026, 11, 20, 5, 45, tzinfo=UTC)

HIT = sample(
    AT,
    facets={"who": ("soldier",)},
    grounds={"who/soldier": ("En russisk soldat, der flygtede fra fronten, har fået asyl.",)},
    also=("DR (Net)",),
)

#: Every test that needs the server runs in one process, so that one server is started.
NEEDS_SERVER = [pytest.mark.xdist_group("elasticsearch"), pytest.mark.integration]

ENGINES = ["embedded", pytest.param("elasticsearch", marks=NEEDS_SERVER)]

_made = iter(range(1, 1_000_000))


def hit(**changes: Any) -> Hit:
    """The usual hit with changes, and an id of its own."""
    changes.setdefault("id", f"{next(_made):032x}")
    changes.setdefault("thread", changes["id"])
    return dataclasses.replace(HIT, **changes)


def on(minute: int) -> datetime:
    return AT + timedelta(minutes=minute)


class Shelf:
    """One index and whoever opens it: each ``open`` is a handle of its own, as another process would have."""

    def __init__(self, engine: str, place: Any, alias: str = "") -> None:
        self.engine, self.place, self.alias = engine, place, alias
        self._handles: list[Index] = []
        self.index = self.open()

    def open(self) -> Index:
        if self.engine == "embedded":
            from hits import embedded

            handle = embedded.open_index(self.place)
        else:
            from hits import elasticsearch

            handle = elasticsearch.open_index(self.place, self.alias)
        self._handles.append(handle)
        return handle

    def close(self) -> None:
        for handle in self._handles:
            handle.close()

    def search(self, text: str = "", **more: Any) -> Results:
        return self.index.search(Query(text=text, **more))

    def titles(self, text: str = "", **more: Any) -> list[str]:
        """What a search finds, by title, sorted."""
        return sorted(self.order(text, **more))

    def order(self, text: str = "", **more: Any) -> list[str]:
        return [found.hit.title for found in self.search(text, **more).found]


def embedded_shelf(folder: Path) -> Shelf:
    return Shelf("embedded", folder / "hits")


def elasticsearch_shelf(url: str) -> Iterator[Shelf]:
    """With an alias of its own; its indices are gone afterwards."""
    from elasticsearch import Elasticsearch

    shelf = Shelf("elasticsearch", url, f"test-{secrets.token_hex(6)}")
    yield shelf
    shelf.close()
    with Elasticsearch(url) as client:
        for name in client.indices.get_alias(index=f"{shelf.alias}*"):
            client.indices.delete(index=name)


def opened(request: pytest.FixtureRequest, folder: Path) -> Iterator[Shelf]:
    """A shelf of the engine that the fixture's parameter names."""
    if request.param == "elasticsearch":
        yield from elasticsearch_shelf(request.getfixturevalue("server_url"))
        return
    made = embedded_shelf(folder)
    yield made
    made.close()


@pytest.fixture(params=ENGINES)
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shelf]:
    """An empty index of each engine in turn."""
    yield from opened(request, tmp_path)
