"""The ledger: the state of record of every item, on SQLite or PostgreSQL. Opened by its SQLAlchemy URL.

The tables
----------
``articles``      one row per *version* of an article: who it is, its sections as JSON, its state, what is due on it,
                  who holds it. ``latest`` is true on exactly one row of an article. A row is never deleted.
``aliases``       guids under which an article came, or will come, other than its first one (``replaces``).
``feeds``         how far each feed has been read, and when it last brought something new.
``validators``    what proves that a list has not changed, by address.
``polls``         one row per poll: its tally, or its problem.
``digests``       the outbox: one mail per address and day. ``digest_items``: which hits an address has had.
``corrections``   what people say of verdicts, with the verdict that stood then. A row is never changed or deleted.

The life of an item
-------------------
``record_poll`` files it in state *polled*, with *fetch* due on it, or *extract* where the source sent the text along.
A worker ``claim``\\ s it, does the stage's work, and ``advance``\\ s it to the next state; or ``retry`` puts it off, or
``quarantine`` takes it out until ``requeue`` puts it back to the stage that failed. It ends *indexed* (a hit),
*classified* (off topic), *duplicate*, or *quarantined*; or *superseded*, when a later version takes its place. The
later one keeps the article's id, its ``first_seen_at``, its thread, and ``trace.indexed_at``, which tells that some
version of it is in the index. What arrives after that which has replaced it is filed as superseded at once.

What holds
----------
- A method is one transaction; when it returns, its word is on disk (SQLite: WAL with ``synchronous=FULL``).
- A source may be acknowledged as soon as ``record_poll`` has returned.
- No two workers hold the same article; whoever has lost a claim writes nothing.
- An item's failure is a ``Problem`` on its row. Only a database that cannot be used raises: ``LedgerError``.
- Instants are aware; a naive one raises ``ValueError``.

Inside: ``polls`` (by the rules of ``intake``), ``work``, ``reading``, ``outbox`` and ``corrections``, on ``rows``,
``database`` and ``schema``.
"""

from __future__ import annotations

from sqlalchemy import Connection, inspect, text

from articles.errors import LedgerError
from ledger.corrections import Correction, Corrections, in_force
from ledger.outbox import DigestRecord, Outbox
from ledger.polls import PollRecord, Polls
from ledger.reading import Reading
from ledger.schema import REVISION
from ledger.work import Move, Work

__all__ = ["Correction", "DigestRecord", "Ledger", "Move", "PollRecord", "in_force"]

#: Two processes that migrate at once on PostgreSQL go one after the other: the lock's number is "ledger" in ASCII.
_LOCK = int.from_bytes(b"ledger", "big")


class Ledger(Polls, Work, Reading, Outbox, Corrections):
    """Opens nothing until it is used; safe to share between threads. See the module's docstring."""

    def migrate(self) -> None:
        """Brings the tables up to date; does nothing where they are. Safe when two processes start at once."""
        with self._reading() as connection:
            if _revision(connection) == REVISION:
                return
        from alembic.util import CommandError

        from ledger import migrations

        with self._writing() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            try:
                migrations.upgrade(connection)
            except CommandError:
                raise LedgerError("it was made by a newer version; run that version", subject=self.url) from None


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found
