"""The tables of record, as SQLAlchemy sees them. ``migrations/`` makes them; a test holds the two together."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Double,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeDecorator

#: A canonical address is kept and compared by its first characters: 600 of up to four bytes fit into an index row of
#: PostgreSQL (2,704 bytes), and no two pages of one source differ only beyond them.
ADDRESS_LENGTH = 600


class Instant(TypeDecorator[datetime]):
    """An aware datetime, in UTC on both databases. A naive one is refused with ``ValueError``."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        at = aware(value)
        return at.replace(tzinfo=None) if dialect.name == "sqlite" else at

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """Plain values as JSON in a text column: readable, and with any character that a source may send."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Dialect) -> str | None:
        if value is None:
            return None
        line = json.dumps(value, ensure_ascii=False)
        # Half of a surrogate pair has no UTF-8 form; escaped, it survives.
        return line if line == storable(line) else json.dumps(value)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


class Words(TypeDecorator[str]):
    """A string as both databases can hold it: see :func:`storable`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        return None if value is None else storable(value)


def aware(at: datetime) -> datetime:
    """The same instant in UTC; ``ValueError`` for a naive datetime."""
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} says nothing of its zone; give an aware datetime")
    return at.astimezone(UTC)


def storable(words: str) -> str:
    """Without NUL, which PostgreSQL refuses, and without halves of surrogate pairs, which have no UTF-8 form."""
    return str(words).replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


#: The migration that makes the tables as they stand here.
REVISION = "0003"

metadata = MetaData()

_number = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts rows by itself in INTEGER only

articles = Table(
    "articles",
    metadata,
    Column("id", _number, primary_key=True, autoincrement=True),
    Column("article_id", String(32), nullable=False),
    Column("feed", Words, nullable=False),
    Column("guid", Words, nullable=False),
    Column("own_id", String(32), nullable=False),
    Column("own_guid", Words, nullable=False),
    Column("version", Integer, nullable=False),
    Column("claimed_version", Integer, nullable=False),
    Column("wording", String(32), nullable=False),
    Column("latest", Boolean, nullable=False),
    Column("late", Boolean, nullable=False),
    Column("status", Words, nullable=False),
    # the sections
    Column("entry", Json, nullable=False),
    Column("page", Json),
    Column("text", Json),
    Column("verdicts", Json),
    Column("problem", Json),
    Column("source_form", Words),
    # where it stands
    Column("state", Words, nullable=False),
    Column("due", Words),
    Column("failed", Words),
    Column("problem_kind", Words),
    Column("claimed_by", Words),
    Column("claimed_until", Instant),
    Column("attempts", Integer, nullable=False, default=0),
    Column("retry_at", Instant),
    # what it is looked up by
    Column("fingerprint", String(32)),
    Column("url", Words),
    Column("page_url", Words),
    Column("duplicate_of", Words),
    Column("thread", Words, nullable=False, default=""),
    Column("judged_by", Words),
    # when
    Column("first_seen_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("indexed_at", Instant),
    UniqueConstraint("article_id", "version", name="uq_articles_version"),
)
Index(
    "uq_articles_latest",
    articles.c.article_id,
    unique=True,
    sqlite_where=text("latest = 1"),
    postgresql_where=text("latest"),
)
_DUE = text("due IS NOT NULL")
Index("ix_articles_due", articles.c.due, articles.c.id, sqlite_where=_DUE, postgresql_where=_DUE)
Index("ix_articles_own", articles.c.own_id)
Index("ix_articles_state", articles.c.state, articles.c.first_seen_at, articles.c.id)
Index("ix_articles_feed", articles.c.feed, articles.c.state)
Index("ix_articles_fingerprint", articles.c.fingerprint)
Index("ix_articles_url", articles.c.url)
Index("ix_articles_page_url", articles.c.page_url)
Index("ix_articles_duplicate_of", articles.c.duplicate_of)
Index("ix_articles_judged_by", articles.c.judged_by)

aliases = Table(
    "aliases",
    metadata,
    Column("own_id", String(32), primary_key=True),
    Column("feed", Words, nullable=False),
    Column("guid", Words, nullable=False),
    Column("root", Words, nullable=False),
)

feeds = Table(
    "feeds",
    metadata,
    Column("feed", Words, primary_key=True),
    Column("cursor", Json, nullable=False),
    Column("last_entry_at", Instant),
)

validators = Table(
    "validators",
    metadata,
    Column("feed", Words, primary_key=True),
    Column("url_id", String(32), primary_key=True),
    Column("url", Words, nullable=False),
    Column("etag", Words, nullable=False),
    Column("last_modified", Words, nullable=False),
    Column("body_sha256", Words, nullable=False),
    Column("changed_at", Instant, nullable=False),
)

polls = Table(
    "polls",
    metadata,
    Column("id", _number, primary_key=True, autoincrement=True),
    Column("feed", Words, nullable=False),
    Column("at", Instant, nullable=False),
    Column("read", Integer, nullable=False),
    Column("new", Integer, nullable=False),
    Column("known", Integer, nullable=False),
    Column("quarantined", Integer, nullable=False),
    Column("problem", Json),
    Column("problems", Json, nullable=False),
    Column("unchanged", Boolean, nullable=False),
    Column("unknown_fields", Json, nullable=False),
)
Index("ix_polls_feed", polls.c.feed, polls.c.id)

digests = Table(
    "digests",
    metadata,
    Column("id", _number, primary_key=True, autoincrement=True),
    Column("message_id", Words, nullable=False, unique=True),
    Column("address", Words, nullable=False),
    Column("day", Date, nullable=False),
    Column("digest", Json, nullable=False),
    Column("filed_at", Instant, nullable=False),
    Column("sent_at", Instant),
    Column("receipt", Json),
    Column("problem", Json),
    Column("attempts", Integer, nullable=False, default=0),
    Column("retry_at", Instant),
    Column("claimed_by", Words),
    Column("claimed_until", Instant),
    UniqueConstraint("address", "day", name="uq_digests_day"),
)

digest_items = Table(
    "digest_items",
    metadata,
    Column("address", Words, primary_key=True),
    Column("item", Words, primary_key=True),
)

corrections = Table(
    "corrections",
    metadata,
    Column("id", _number, primary_key=True, autoincrement=True),
    Column("article_id", String(32), nullable=False),
    Column("version", Integer, nullable=False),
    Column("label", Integer, nullable=False),
    Column("by", Words, nullable=False),
    Column("at", Instant, nullable=False),
    Column("note", Words, nullable=False),
    Column("score", Double, nullable=False),
    Column("decision", Words, nullable=False),
    Column("classifier", Words, nullable=False),
)
Index("ix_corrections_article", corrections.c.article_id, corrections.c.id)
