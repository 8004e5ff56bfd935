"""What others ask the ledger: one article, its versions, hits, copies, counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select

from articles.identity import article_id as id_of
from articles.model import Article, Stage, State, Status
from ledger.database import Database, chunks
from ledger.rows import address, article_of, articles_of, whole
from ledger.schema import articles, aware, feeds

_PAGE = 200  # articles read at a time, with their texts: no transaction stays open while the caller works on them

#: States in which an article cannot be the original of a copy.
_NO_ORIGINAL = (State.DUPLICATE.value, State.SUPERSEDED.value, State.QUARANTINED.value)


class Reading(Database):
    """Questions; nothing here writes."""

    def get(self, article_id: str, version: int | None = None) -> Article | None:
        """The latest version, or the one asked for."""
        which = articles.c.latest if version is None else articles.c.version == version
        return self._first(articles.c.article_id == article_id, which)

    def versions(self, article_id: str) -> list[Article]:
        """All that is on file of an article, by version."""
        with self._reading() as connection:
            chosen = whole().where(articles.c.article_id == article_id).order_by(articles.c.version)
            return articles_of(connection.execute(chosen))

    def previous(self, article: Article) -> Article | None:
        """The version that was in force before this one; ``None`` where there was none."""
        earlier = and_(articles.c.article_id == article.id, articles.c.version < article.entry.version)
        in_force = and_(articles.c.late.is_(False), articles.c.source_form.is_(None))
        return self._first(earlier, in_force, order=articles.c.version.desc())

    def originals(self, among: Sequence[Article]) -> dict[str, Article]:
        """Article id -> another article with its wording, first seen before it, that is not itself a copy, superseded,
        in quarantine or withdrawn. Of those seen at one instant, the one filed first is the earlier."""
        wordings = {article.id: article.text.fingerprint for article in among if article.text}
        with self._reading() as connection:
            earlier = self._with_wording(connection, set(wordings.values()) - {""})
            moments = self._moments(connection, [article for article in among if wordings.get(article.id) in earlier])
        found: dict[str, Article] = {}
        for article_id, moment in moments.items():
            for row in earlier[wordings[article_id]]:
                if row.article_id != article_id and (row.first_seen_at, row.id) < moment:
                    found[article_id] = article_of(row)
                    break
        return found

    def _with_wording(self, connection: Connection, wordings: set[str]) -> dict[str, list[Row[Any]]]:
        """Fingerprint -> the articles that can be originals of it, the earliest first."""
        found: defaultdict[str, list[Row[Any]]] = defaultdict(list)
        for some in chunks(sorted(wordings)):
            chosen = whole().where(
                articles.c.fingerprint.in_(some),
                articles.c.latest,
                articles.c.state.not_in(_NO_ORIGINAL),
                articles.c.status != Status.WITHDRAWN.value,
            )
            for row in connection.execute(chosen.order_by(articles.c.first_seen_at, articles.c.id)):
                found[row.fingerprint].append(row)
        return found

    def _moments(self, connection: Connection, among: Sequence[Article]) -> dict[str, tuple[datetime, int]]:
        """Article id -> when the article was first seen, and its place among those seen at that instant."""
        versions = {(article.id, article.entry.version) for article in among}
        columns = (articles.c.article_id, articles.c.version, articles.c.first_seen_at, articles.c.id)
        found: dict[str, tuple[datetime, int]] = {}
        for some in chunks(sorted({article.id for article in among})):
            for row in connection.execute(select(*columns).where(articles.c.article_id.in_(some))):
                if (row.article_id, row.version) in versions:
                    found[row.article_id] = (row.first_seen_at, row.id)
        return found

    def hits(self, *, since: datetime | None = None, until: datetime | None = None) -> Iterator[Article]:
        """Every hit first seen at or after ``since`` and before ``until``, by that instant; a page at a time, so that
        the caller may write meanwhile."""
        wanted: list[ColumnElement[bool]] = [articles.c.latest, articles.c.state == State.INDEXED.value]
        if since:
            wanted.append(articles.c.first_seen_at >= aware(since))
        if until:
            wanted.append(articles.c.first_seen_at < aware(until))
        place = (articles.c.first_seen_at, articles.c.id)
        chosen = whole().where(*wanted).order_by(*place).limit(_PAGE)
        after: list[ColumnElement[bool]] = []
        while True:
            with self._reading() as connection:
                rows = connection.execute(chosen.where(*after)).all()
            yield from articles_of(rows)
            if len(rows) < _PAGE:
                return
            seen, last = rows[-1].first_seen_at, rows[-1].id
            after = [or_(place[0] > seen, and_(place[0] == seen, place[1] > last))]

    def duplicates_of(self, article_ids: Sequence[str]) -> dict[str, list[Article]]:
        """The copies of each article that has any, in the order in which they were seen."""
        found: defaultdict[str, list[Article]] = defaultdict(list)
        with self._reading() as connection:
            for some in chunks(sorted(set(article_ids))):
                copies = and_(articles.c.duplicate_of.in_(some), articles.c.latest)
                copies = and_(copies, articles.c.state == State.DUPLICATE.value)
                for row in connection.execute(whole().where(copies).order_by(articles.c.id)):
                    found[row.duplicate_of].append(article_of(row))
        return dict(found)

    def find(self, what: str) -> list[Article]:
        """ "Why not?": the latest versions of what has this article id, guid, or address in whatever spelling."""
        what = what.strip()
        with self._reading() as connection:
            names = connection.scalars(select(feeds.c.feed)).all()
            same: list[ColumnElement[bool]] = [
                articles.c.article_id == what.lower(),
                articles.c.own_id.in_([id_of(feed, what) for feed in names]),
            ]
            if where := address(what):
                same += [articles.c.url == where, articles.c.page_url == where]
            ids = select(articles.c.article_id).where(or_(*same))
            chosen = whole().where(articles.c.article_id.in_(ids), articles.c.latest).order_by(articles.c.id)
            return articles_of(connection.execute(chosen))

    def states(self) -> dict[str, dict[State, int]]:
        """Feed -> state -> how many versions of articles are in it."""
        counted = select(articles.c.feed, articles.c.state, func.count()).group_by(articles.c.feed, articles.c.state)
        found: defaultdict[str, dict[State, int]] = defaultdict(dict)
        with self._reading() as connection:
            for feed, state, count in connection.execute(counted):
                found[feed][State(state)] = count
        return dict(found)

    def backlog(self) -> dict[Stage, int]:
        """How many articles each stage is due on, claimed and waiting ones included."""
        counted = select(articles.c.due, func.count()).where(articles.c.due.is_not(None)).group_by(articles.c.due)
        with self._reading() as connection:
            found = {str(row[0]): int(row[1]) for row in connection.execute(counted)}
        return {stage: found.get(stage.value, 0) for stage in Stage}

    def quarantined(self, *, limit: int = 100) -> list[Article]:
        """What could not be handled, the newest first."""
        chosen = whole().where(articles.c.state == State.QUARANTINED.value)
        with self._reading() as connection:
            newest = chosen.order_by(articles.c.updated_at.desc(), articles.c.id.desc()).limit(limit)
            return articles_of(connection.execute(newest))

    def source_form(self, article: Article) -> str:
        """What the source sent of an item that could not be made an entry; ``""`` for any other."""
        own = and_(articles.c.article_id == article.id, articles.c.version == article.entry.version)
        with self._reading() as connection:
            return connection.scalar(select(articles.c.source_form).where(own)) or ""

    def _first(self, *wanted: ColumnElement[bool], order: Any = None) -> Article | None:
        chosen = whole().where(*wanted).limit(1)
        with self._reading() as connection:
            row = connection.execute(chosen if order is None else chosen.order_by(order)).first()
        return article_of(row) if row else None
