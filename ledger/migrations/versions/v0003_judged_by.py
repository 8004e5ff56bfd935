"""Which classifier judged an article last, to be counted without reading every verdict."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_AT_ONCE = 500

_articles = sa.table(
    "articles", sa.column("id", sa.Integer), sa.column("verdicts", sa.Text), sa.column("judged_by", sa.Text)
)


def upgrade() -> None:
    op.add_column("articles", sa.Column("judged_by", sa.Text))
    _fill(op.get_bind())
    op.create_index("ix_articles_judged_by", "articles", ["judged_by"])


def _fill(connection: sa.Connection) -> None:
    """In pages by id: a ledger may hold more verdicts than fit into memory."""
    id_ = _articles.c.id
    chosen = sa.select(id_, _articles.c.verdicts).where(_articles.c.verdicts.is_not(None)).order_by(id_).limit(_AT_ONCE)
    filled = sa.update(_articles).where(id_ == sa.bindparam("row")).values(judged_by=sa.bindparam("by"))
    last = 0
    while rows := connection.execute(chosen.where(id_ > last)).all():
        connection.execute(filled, [{"row": row.id, "by": json.loads(row.verdicts)[-1]["classifier"]} for row in rows])
        last = rows[-1].id


def downgrade() -> None:
    op.drop_index("ix_articles_judged_by", "articles")
    op.drop_column("articles", "judged_by")
