"""The first tables: articles, aliases, feeds, validators, polls, digests."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_instant = sa.DateTime(timezone=True)


def upgrade() -> None:
    _make_articles()
    _index_articles()
    _make_aliases()
    _make_feeds()
    _make_digests()


def downgrade() -> None:
    for table in ("digest_items", "digests", "polls", "validators", "feeds", "aliases", "articles"):
        op.drop_table(table)


def _make_articles() -> None:
    op.create_table(
        "articles",
        sa.Column("id", _number, primary_key=True, autoincrement=True),
        sa.Column("article_id", sa.String(32), nullable=False),
        sa.Column("feed", sa.Text, nullable=False),
        sa.Column("guid", sa.Text, nullable=False),
        sa.Column("own_id", sa.String(32), nullable=False),
        sa.Column("own_guid", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("claimed_version", sa.Integer, nullable=False),
        sa.Column("wording", sa.String(32), nullable=False),
        sa.Column("latest", sa.Boolean, nullable=False),
        sa.Column("late", sa.Boolean, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("entry", sa.Text, nullable=False),
        sa.Column("page", sa.Text),
        sa.Column("text", sa.Text),
        sa.Column("verdicts", sa.Text),
        sa.Column("problem", sa.Text),
        sa.Column("source_form", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("due", sa.Text),
        sa.Column("failed", sa.Text),
        sa.Column("problem_kind", sa.Text),
        sa.Column("claimed_by", sa.Text),
        sa.Column("claimed_until", _instant),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("retry_at", _instant),
        sa.Column("fingerprint", sa.String(32)),
        sa.Column("url", sa.Text),
        sa.Column("page_url", sa.Text),
        sa.Column("duplicate_of", sa.Text),
        sa.Column("thread", sa.Text, nullable=False),
        sa.Column("first_seen_at", _instant, nullable=False),
        sa.Column("seen_at", _instant, nullable=False),
        sa.Column("updated_at", _instant, nullable=False),
        sa.Column("indexed_at", _instant),
        sa.UniqueConstraint("article_id", "version", name="uq_articles_version"),
    )


def _index_articles() -> None:
    op.create_index(
        "uq_articles_latest",
        "articles",
        ["article_id"],
        unique=True,
        sqlite_where=sa.text("latest = 1"),
        postgresql_where=sa.text("latest"),
    )
    due = sa.text("due IS NOT NULL")
    op.create_index("ix_articles_due", "articles", ["due", "id"], sqlite_where=due, postgresql_where=due)
    op.create_index("ix_articles_own", "articles", ["own_id"])
    op.create_index("ix_articles_state", "articles", ["state", "first_seen_at", "id"])
    op.create_index("ix_articles_feed", "articles", ["feed", "state"])
    for column in ("fingerprint", "url", "page_url", "duplicate_of"):
        op.create_index(f"ix_articles_{column}", "articles", [column])


def _make_aliases() -> None:
    op.create_table(
        "aliases",
        sa.Column("own_id", sa.String(32), primary_key=True),
        sa.Column("feed", sa.Text, nullable=False),
        sa.Column("guid", sa.Text, nullable=False),
        sa.Column("root", sa.Text, nullable=False),
    )


def _make_feeds() -> None:
    op.create_table(
        "feeds",
        sa.Column("feed", sa.Text, primary_key=True),
        sa.Column("cursor", sa.Text, nullable=False),
        sa.Column("last_entry_at", _instant),
    )
    op.create_table(
        "validators",
        sa.Column("feed", sa.Text, primary_key=True),
        sa.Column("url_id", sa.String(32), primary_key=True),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("etag", sa.Text, nullable=False),
        sa.Column("last_modified", sa.Text, nullable=False),
        sa.Column("body_sha256", sa.Text, nullable=False),
        sa.Column("changed_at", _instant, nullable=False),
    )
    op.create_table(
        "polls",
        sa.Column("id", _number, primary_key=True, autoincrement=True),
        sa.Column("feed", sa.Text, nullable=False),
        sa.Column("at", _instant, nullable=False),
        sa.Column("read", sa.Integer, nullable=False),
        sa.Column("new", sa.Integer, nullable=False),
        sa.Column("known", sa.Integer, nullable=False),
        sa.Column("quarantined", sa.Integer, nullable=False),
        sa.Column("problem", sa.Text),
        sa.Column("problems", sa.Text, nullable=False),
        sa.Column("unchanged", sa.Boolean, nullable=False),
        sa.Column("unknown_fields", sa.Text, nullable=False),
    )
    op.create_index("ix_polls_feed", "polls", ["feed", "id"])


def _make_digests() -> None:
    op.create_table(
        "digests",
        sa.Column("id", _number, primary_key=True, autoincrement=True),
        sa.Column("message_id", sa.Text, nullable=False, unique=True),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("filed_at", _instant, nullable=False),
        sa.Column("sent_at", _instant),
        sa.Column("receipt", sa.Text),
        sa.Column("problem", sa.Text),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("retry_at", _instant),
        sa.Column("claimed_by", sa.Text),
        sa.Column("claimed_until", _instant),
        sa.UniqueConstraint("address", "day", name="uq_digests_day"),
    )
    op.create_table(
        "digest_items",
        sa.Column("address", sa.Text, primary_key=True),
        sa.Column("item", sa.Text, primary_key=True),
    )
