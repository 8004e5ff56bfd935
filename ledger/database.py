"""Opening the database, its two kinds of transaction, and its errors in words."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, SQLAlchemyError, StatementError

from articles.errors import LedgerError

T = TypeVar("T")

#: How long a writer waits for another one on SQLite.
BUSY = timedelta(seconds=30)

#: Values in one IN list; SQLite takes 32,766 in one statement, PostgreSQL 65,535.
_AT_ONCE = 500

_FORMS = "sqlite:///folder/ledger.sqlite or postgresql+psycopg2://user:password@host/name"


class Database:
    """Opens nothing until it is used. Safe to share between threads, and to use after a fork."""

    def __init__(self, url: str) -> None:
        self._url = parsed(url)
        self._opened: Engine | None = None
        self._pid = 0

    @property
    def url(self) -> str:
        """Without its password."""
        return shown(self._url)

    def close(self) -> None:
        """Gives every connection back. Used again, it opens again."""
        if self._opened is not None:
            self._opened.dispose()
            self._opened = None

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """A transaction that writes nothing."""
        with self._speaking(), self._engine().connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """A transaction that is on disk when the block is left. On SQLite it is alone from its start."""
        with self._speaking(), self._engine().connect() as connection:
            connection.execution_options(alone=True)
            with connection.begin():
                yield connection

    def _engine(self) -> Engine:
        if self._opened is not None and self._pid != os.getpid():
            self._opened.dispose(close=False)  # its connections belong to the parent process
            self._opened = None
        if self._opened is None:
            self._opened, self._pid = opened(self._url), os.getpid()
        return self._opened

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        try:
            yield
        except StatementError as wrong:
            if isinstance(wrong.orig, ValueError):  # a naive datetime
                raise wrong.orig from None
            raise LedgerError(sentence(wrong), subject=self.url) from wrong
        except (SQLAlchemyError, sqlite3.Error) as wrong:  # sqlite3's own where a connection is being prepared
            raise LedgerError(sentence(wrong), subject=self.url) from wrong


def parsed(url: str) -> URL:
    """The URL with its driver. The text of a wrong one is never repeated: it may hold a password."""
    try:
        found = make_url(url)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        raise LedgerError(f"the ledger's URL cannot be read; write {_FORMS}") from None
    if found.drivername in {"postgres", "postgresql"}:
        found = found.set(drivername="postgresql+psycopg2")
    if found.drivername not in {"sqlite", "sqlite+pysqlite", "postgresql+psycopg2"}:
        raise LedgerError(f"the ledger cannot be kept in {found.drivername}; write {_FORMS}")
    return found


def shown(url: URL) -> str:
    return url.render_as_string(hide_password=True)


def opened(url: URL) -> Engine:
    if url.get_backend_name() == "postgresql":
        arguments = {"connect_timeout": 10, "application_name": "defectorwatch"}
        return create_engine(url, pool_pre_ping=True, connect_args={**arguments, **url.query})
    _make_folder(url)
    engine = create_engine(url, connect_args={"timeout": BUSY.total_seconds()})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _make_folder(url: URL) -> None:
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        return
    try:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    except OSError as wrong:
        raise LedgerError(f"its folder cannot be made: {wrong.strerror}; choose another", subject=shown(url)) from None


def _prepare(connection: Any, _record: object) -> None:
    """FULL: an acknowledged wire item must outlive a power cut. One fsync a transaction; we write in batches."""
    connection.isolation_level = None  # the driver begins nothing by itself: see _begin
    for setting in ("foreign_keys = ON", "synchronous = FULL", "cache_size = -16000"):
        connection.execute(f"PRAGMA {setting}")
    _write_ahead(connection)


def _write_ahead(connection: Any) -> None:
    """Readers beside a writer. The change of mode does not wait for others by itself, so it is tried again."""
    last = time.monotonic() + BUSY.total_seconds()
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchall()
            return
        except sqlite3.OperationalError as wrong:
            if "locked" not in str(wrong) or time.monotonic() > last:
                raise
            time.sleep(0.02)


def _begin(connection: Connection) -> None:
    alone = connection.get_execution_options().get("alone")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if alone else "BEGIN")


def sentence(error: Exception) -> str:
    """What happened and what to do, from the database's own words."""
    origin = str(getattr(error, "orig", None) or error).strip()
    said = origin.splitlines()[0] if origin else type(error).__name__
    low = said.lower()
    if "no such table" in low or "no such column" in low or ("relation" in low and "does not exist" in low):
        return "its tables are missing or of an older version; run `defectorwatch migrate`"
    if "locked" in low:
        return f"another program kept it locked for {BUSY.total_seconds():.0f} seconds; let it end, then run again"
    if "disk" in low and "full" in low:
        return "its disk is full; make room, then run again"
    if "readonly" in low or "read-only" in low:
        return "it may not be written to; give this user the right to write, or choose another ledger"
    if "unable to open" in low or "not a database" in low or "malformed" in low:
        return f"it cannot be opened ({said}); check its URL, or put back a copy of the file"
    if "password" in low or "authentication" in low:
        return "the server refused the user or the password; check both in its URL"
    if "connection" in low or "could not translate" in low or ("database" in low and "does not exist" in low):
        return f"its server cannot be used ({said}); start it, or check the URL"
    return f"the database refused ({said}); check the URL, and that this version's migrations have run"


def inserting(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that can say ON CONFLICT."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def chunks(values: Iterable[T]) -> Iterator[Sequence[T]]:
    """As many values at a time as fit into one IN list."""
    listed = list(values)
    for start in range(0, len(listed), _AT_ONCE):
        yield listed[start : start + _AT_ONCE]
