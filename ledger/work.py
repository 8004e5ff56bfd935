"""Work on articles: claimed for a while, done, and written back by the one who holds the claim.

A claim is a lease. Whoever lost it, by time or because a newer version took the article's place, writes nothing:
every change asks for the claim again (fencing), so a late worker cannot undo a later one's work.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, func, or_, select, update

from articles.model import Article, Problem, Stage, State, Status
from ledger.database import Database, chunks
from ledger.rows import article_of, problem_columns, section_columns, state_before
from ledger.schema import articles, aware

LEASE = timedelta(minutes=10)

_FREE: Mapping[str, Any] = {"claimed_by": None, "claimed_until": None}
_AFRESH: Mapping[str, Any] = {**_FREE, "attempts": 0, "retry_at": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """An article with the sections that a stage has written, the state that it has reached, and what is due next."""

    article: Article
    state: State
    due: Stage | None
    duplicate_of: str = ""
    thread: str = ""  # "" leaves the thread as it is


class Work(Database):
    """What the steps from fetch to index read and write."""

    def claim(
        self,
        stage: Stage,
        *,
        feed: str | None = None,
        limit: int = 50,
        worker: str,
        now: datetime,
        lease: timedelta = LEASE,
    ) -> list[Article]:
        """Up to ``limit`` articles on which ``stage`` is due, in the order in which they were seen, for this worker
        alone. The problem of an earlier attempt is left out: it is not this one's."""
        at = aware(now)
        free = or_(articles.c.claimed_until.is_(None), articles.c.claimed_until <= at)
        ready = or_(articles.c.retry_at.is_(None), articles.c.retry_at <= at)
        chosen = select(articles.c.id).where(articles.c.due == stage.value, free, ready, *_of(feed))
        chosen = chosen.order_by(articles.c.id).limit(limit).with_for_update(skip_locked=True)
        with self._writing() as connection:
            ids = connection.scalars(chosen).all()
            found: list[Row[Any]] = []
            for some in chunks(ids):
                held = update(articles).where(articles.c.id.in_(some))
                held = held.values(claimed_by=worker, claimed_until=at + lease)
                found += connection.execute(held.returning(*articles.c)).all()
        found.sort(key=lambda row: int(row.id))
        return [article_of(row).with_(problem=None) for row in found]

    def advance(
        self,
        article: Article,
        state: State,
        due: Stage | None,
        *,
        worker: str,
        now: datetime,
        duplicate_of: str = "",
        thread: str = "",
    ) -> bool:
        """Writes the article's sections, its state and what is due next. False where the claim is lost."""
        move = Move(article=article, state=state, due=due, duplicate_of=duplicate_of, thread=thread)
        return self.advance_all([move], worker=worker, now=now) == 1

    def advance_all(self, moves: Sequence[Move], *, worker: str, now: datetime) -> int:
        """:meth:`advance` for many in one transaction. Returns how many claims still held."""
        at = aware(now)
        with self._writing() as connection:
            held = _held(connection, [move.article for move in moves], worker)
            rows = {held[key]: _moved(move, at) for move in moves if (key := _key(move.article)) in held}
            _write(connection, rows)
        return len(rows)

    def retry(self, article: Article, problem: Problem, *, at: datetime, worker: str, now: datetime) -> bool:
        """State and due stay; not claimable before ``at``. False where the claim is lost."""
        values = {**_FREE, **problem_columns(problem), "retry_at": aware(at), "attempts": articles.c.attempts + 1}
        return self._settle(article, values, worker, aware(now))

    def quarantine(self, article: Article, problem: Problem, *, worker: str, now: datetime) -> bool:
        """Nothing is due any more until it is put back. False where the claim is lost."""
        values = {
            **_FREE,
            **section_columns(article),
            **problem_columns(problem),
            "state": State.QUARANTINED.value,
            "failed": articles.c.due,
            "due": None,
            "retry_at": None,
        }
        return self._settle(article, values, worker, aware(now))

    def requeue(
        self,
        *,
        feed: str | None = None,
        kind: str | None = None,
        article_id: str | None = None,
        now: datetime,
    ) -> int:
        """Puts quarantined articles back to the stage that failed. What no stage ever took stays: it has no text
        to try again with."""
        wanted = [articles.c.state == State.QUARANTINED.value, articles.c.failed.is_not(None), articles.c.latest]
        wanted += [*_of(feed), *_where(articles.c.problem_kind, kind), *_where(articles.c.article_id, article_id)]
        chosen = select(articles.c.id, articles.c.failed, articles.c.page.is_not(None).label("fetched"))
        at = aware(now)
        with self._writing() as connection:
            rows = {row.id: _put_back(row, at) for row in connection.execute(_locked(chosen, *wanted))}
            _write(connection, rows)
        return len(rows)

    def reopen(self, stage: Stage, *, feed: str | None = None, now: datetime) -> int:
        """``stage`` is due anew on every latest version that has been through it. Each keeps its state meanwhile, so
        that a hit stays a hit; a worker at it loses its claim."""
        return self._make_due(stage, aware(now), *_been_through(stage), *_of(feed))

    def judged_by(self) -> dict[str, int]:
        """Classifier -> how many articles bear its verdict and would get one anew from :meth:`reopen`.

        Without those that are due already, and without what is withdrawn: it keeps the verdict that it had.
        """
        waiting = articles.c.due == Stage.CLASSIFY.value
        stands = [articles.c.latest, or_(articles.c.due.is_(None), ~waiting), *_been_through(Stage.CLASSIFY)]
        counted = select(articles.c.judged_by, func.count()).where(
            articles.c.judged_by.is_not(None), articles.c.status != Status.WITHDRAWN.value, *stands
        )
        with self._reading() as connection:
            return {str(row[0]): int(row[1]) for row in connection.execute(counted.group_by(articles.c.judged_by))}

    def make_due(self, article_id: str, stage: Stage, *, now: datetime) -> bool:
        """``stage`` is due anew on this one article, if it has been through it."""
        return self._make_due(stage, aware(now), *_been_through(stage), articles.c.article_id == article_id) == 1

    def workers(self) -> dict[str, int]:
        """Who holds claims on how many articles, run out or not."""
        counted = select(articles.c.claimed_by, func.count()).where(articles.c.claimed_by.is_not(None))
        with self._reading() as connection:
            return {str(row[0]): int(row[1]) for row in connection.execute(counted.group_by(articles.c.claimed_by))}

    def release(self, worker: str, *, now: datetime) -> int:
        """Frees what a worker held that is known to be dead, without waiting for its lease to run out."""
        at = aware(now)
        with self._writing() as connection:
            chosen = _locked(select(articles.c.id), articles.c.claimed_by == worker)
            rows: dict[int, dict[str, Any]] = {
                row.id: {**_FREE, "updated_at": at} for row in connection.execute(chosen)
            }
            _write(connection, rows)
        return len(rows)

    def _make_due(self, stage: Stage, now: datetime, *wanted: ColumnElement[bool]) -> int:
        values = {**_AFRESH, "due": stage.value, "updated_at": now}
        with self._writing() as connection:
            chosen = _locked(select(articles.c.id), articles.c.latest, *wanted)
            rows = {row.id: values for row in connection.execute(chosen)}
            _write(connection, rows)
        return len(rows)

    def _settle(self, article: Article, values: dict[str, Any], worker: str, now: datetime) -> bool:
        with self._writing() as connection:
            held = _held(connection, [article], worker)
            for row_id in held.values():
                connection.execute(
                    update(articles).where(articles.c.id == row_id).values({**values, "updated_at": now})
                )
        return bool(held)


def _key(article: Article) -> tuple[str, int]:
    return article.id, article.entry.version


def _held(connection: Connection, claimed: Sequence[Article], worker: str) -> dict[tuple[str, int], int]:
    """Row ids by article id and version, of those that are still this worker's; locked in one order for all."""
    held: dict[tuple[str, int], int] = {}
    for some in chunks(sorted({article.id for article in claimed})):
        chosen = select(articles.c.id, articles.c.article_id, articles.c.version)
        mine = and_(articles.c.article_id.in_(some), articles.c.claimed_by == worker, articles.c.latest)
        for row in connection.execute(_locked(chosen, mine)):
            held[row.article_id, row.version] = row.id
    return held


def _locked(chosen: Select[Any], *wanted: ColumnElement[bool]) -> Select[Any]:
    """Locked in the order of their ids, so that two writers never wait for each other."""
    return chosen.where(*wanted).order_by(articles.c.id).with_for_update()


def _write(connection: Connection, rows: Mapping[int, Mapping[str, Any]]) -> None:
    """One UPDATE per set of columns, with many rows each."""
    by_columns: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row_id, values in rows.items():
        by_columns.setdefault(tuple(values), []).append({"row_id": row_id, **values})
    for values_of in by_columns.values():
        connection.execute(update(articles).where(articles.c.id == bindparam("row_id")), values_of)


def _moved(move: Move, now: datetime) -> dict[str, Any]:
    values = {
        **_AFRESH,
        **section_columns(move.article),
        **problem_columns(move.article.problem),
        "state": move.state.value,
        "due": move.due.value if move.due else None,
        "duplicate_of": move.duplicate_of or None,
        "updated_at": now,
    }
    if move.thread:
        values["thread"] = move.thread
    if move.state is State.INDEXED:
        values["indexed_at"] = now
    return values


def _put_back(row: Row[Any], now: datetime) -> dict[str, Any]:
    stage = Stage(row.failed)
    return {
        **_AFRESH,
        **problem_columns(None),
        "state": state_before(stage, fetched=bool(row.fetched)).value,
        "due": stage.value,
        "failed": None,
        "updated_at": now,
    }


def _been_through(stage: Stage) -> list[ColumnElement[bool]]:
    """And on which nothing earlier is due. Copies are fetched and read anew, for they may be none any more; the
    verdict is their original's."""
    ended = {State.QUARANTINED, State.SUPERSEDED}
    if stage in {Stage.CLASSIFY, Stage.INDEX}:
        ended.add(State.DUPLICATE)
    written = {
        Stage.FETCH: articles.c.page.is_not(None),
        Stage.EXTRACT: articles.c.text.is_not(None),
        Stage.CLASSIFY: articles.c.verdicts.is_not(None),
        Stage.INDEX: articles.c.state == State.INDEXED.value,
    }[stage]
    stages = list(Stage)
    later = [due.value for due in stages[stages.index(stage) :]]
    return [articles.c.state.not_in(sorted(ended)), written, or_(articles.c.due.is_(None), articles.c.due.in_(later))]


def _of(feed: str | None) -> list[ColumnElement[bool]]:
    return _where(articles.c.feed, feed)


def _where(column: Any, value: str | None) -> list[ColumnElement[bool]]:
    return [] if value is None else [column == value]
