"""What people say of verdicts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "corrections",
        sa.Column("id", _number, primary_key=True, autoincrement=True),
        sa.Column("article_id", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("label", sa.Integer, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("score", sa.Double, nullable=False),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("classifier", sa.Text, nullable=False),
    )
    op.create_index("ix_corrections_article", "corrections", ["article_id", "id"])


def downgrade() -> None:
    op.drop_table("corrections")
