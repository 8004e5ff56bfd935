"""The search index of a newcomer: tantivy in a folder, no server. Every write is on the disk when it returns.

A killed process leaves the index of its last finished write. A reader sees what others have written with its next
search; a rebuild goes into a folder of its own and takes the old one's place in one rename.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tantivy

from articles.ports import Hit, Index, Query, Results, Tally
from hits import _tantivy
from hits._document import COUNTED, VERSION, checked, hit_from, results
from hits._folder import PATIENCE_S, Folder
from hits._query import parse

NAME = "embedded"

#: Bytes of the writer's buffer; tantivy wants at least 15 million a thread.
_HEAP = 20_000_000

#: More distinct values of one field than this are not counted: 27 years of days.
_VALUES = 10_000

_CLOSED: tuple[None, tuple[int, int], None] = (None, (0, 0), None)

_BUCKETS = {
    name: {"terms": {"field": name, "size": _VALUES, "segment_size": _VALUES}} for name in (*COUNTED, "facet", "day")
}


def open_index(folder: Path, *, patience_s: float = PATIENCE_S) -> Index:
    """The index in ``folder``, which is made when it is first written to. A fresh one is empty."""
    return EmbeddedIndex(Folder(folder, VERSION, patience_s=patience_s))


class EmbeddedIndex:
    """``Index`` over tantivy. Opens what it needs when it is needed, so it can be made anywhere."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._opened: tuple[Path | None, tuple[int, int], Any] = _CLOSED

    def put(self, hits: Iterable[Hit]) -> Tally:
        with self._folder.writing():
            return self._write(self._folder.current() or self._first(), hits)

    def remove(self, ids: Iterable[str]) -> None:
        with self._folder.writing():
            if current := self._folder.current():
                with self._writer(current) as writer:
                    for hit_id in ids:
                        writer.delete_documents_by_term("id", hit_id)

    def rebuild(self, hits: Iterable[Hit]) -> Tally:
        with self._folder.writing():
            made = self._made()
            tally = self._write(made, hits)
            self._folder.adopt(made)
            return tally

    def search(self, query: Query) -> Results:
        started = time.perf_counter()
        tree = parse(checked(query).text)
        with self._reading() as searcher:
            if searcher is None:
                return results(0, (), tree, {}, started=started)
            wanted = _tantivy.wanted(query, tree)
            total, page = _page(searcher, wanted, query)
            return results(total, page, tree, _counts(searcher, wanted), started=started)

    def get(self, hit_id: str) -> Hit | None:
        with self._reading() as searcher:
            if searcher is None:
                return None
            found = searcher.search(_tantivy.term("id", hit_id), limit=1, count=False).hits
            return _hit(searcher, found[0][1]) if found else None

    def close(self) -> None:
        self._opened = _CLOSED

    def _first(self) -> Path:
        made = self._made()
        self._folder.adopt(made)
        return made

    def _made(self) -> Path:
        """An empty index that nobody reads yet."""
        with self._explained():
            made = self._folder.fresh()
            tantivy.Index(_tantivy.schema(), path=str(made))
        return made

    def _write(self, path: Path, hits: Iterable[Hit]) -> Tally:
        written = 0
        with self._writer(path) as writer:
            for hit in hits:
                writer.delete_documents_by_term("id", hit.id)
                with self._explained():
                    writer.add_document(_tantivy.document(hit))
                written += 1
        return Tally(read=written, written=written)

    @contextmanager
    def _writer(self, path: Path) -> Iterator[Any]:
        """What is written in the block is committed at its end, or not at all."""
        with self._explained():
            writer = tantivy.Index.open(str(path)).writer(heap_size=_HEAP, num_threads=1)
        try:
            yield writer
            with self._explained():
                writer.commit()
        except BaseException:
            writer.rollback()
            raise
        finally:
            writer.wait_merging_threads()  # also what lets go of tantivy's own lock

    @contextmanager
    def _reading(self) -> Iterator[Any]:
        """A searcher over what was committed last; ``None`` where nothing was ever put."""
        with self._explained():
            current = self._folder.current()
            yield self._index(current).searcher() if current else None

    def _index(self, current: Path) -> Any:
        """The open index, with what other processes have committed since."""
        committed = (current / "meta.json").stat()
        mark = (committed.st_ino, committed.st_mtime_ns)
        path, seen, index = self._opened
        if path != current:
            index = tantivy.Index.open(str(current))
            index.config_reader("manual")
        if path != current or seen != mark:
            index.reload()
            self._opened = (current, mark, index)
        return index

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Tantivy's failures as ours."""
        try:
            yield
        except (OSError, ValueError) as error:
            raise self._folder.unusable(f"cannot be used ({_first_line(error)})") from error
        except BaseException as error:
            if type(error).__name__ != "PanicException":  # what PyO3 makes of a panic, outside of Exception
                raise
            raise self._folder.unusable(f"is damaged ({_first_line(error)})") from error


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


def _page(searcher: Any, wanted: Any, query: Query) -> tuple[int, list[Hit]]:
    """How many there are, and the hits of the page."""
    order: dict[str, Any] = {}
    if query.sort == "newest":
        order = {"order_by_field": "order", "order": tantivy.Order.Asc}
    found = searcher.search(wanted, limit=max(query.size, 1), offset=query.offset, count=True, **order)
    return found.count, [_hit(searcher, address) for _, address in found.hits[: query.size]]


def _hit(searcher: Any, address: Any) -> Hit:
    return hit_from(json.loads(searcher.doc(address)["hit"][0]))


def _counts(searcher: Any, wanted: Any) -> dict[str, dict[str, int]]:
    found = searcher.aggregate(wanted, _BUCKETS)
    return {
        name: {str(bucket["key"]): int(bucket["doc_count"]) for bucket in answer["buckets"]}
        for name, answer in found.items()
    }
