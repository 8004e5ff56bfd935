"""Polls on file: cursors, validators, and each list's items in one transaction."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy import Row as SqlRow

from articles.identity import article_id
from articles.model import Problem, State, problem_from, section
from articles.ports import Cursor, Polled, PollTally, Validator
from ledger import intake
from ledger.database import Database, chunks, inserting
from ledger.rows import new_row
from ledger.schema import aliases, articles, aware, feeds, polls, storable, validators

#: A validator that has not changed for so long is dropped: lists asked by date leave a new address every day. The
#: price is one full answer a month from a list that never changes.
_VALIDATOR_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class PollRecord:
    """One poll as it went. ``problem``: why it failed as a whole; ``problems``: parts that failed."""

    feed: str
    at: datetime
    tally: PollTally = field(default_factory=PollTally)
    problem: Problem | None = None
    problems: tuple[Problem, ...] = ()
    unchanged: bool = False
    unknown_fields: tuple[str, ...] = ()


class Polls(Database):
    """What the poll step reads and writes."""

    def cursor(self, feed: str) -> Cursor:
        """How far the feed has been read; an empty one where it never was."""
        with self._reading() as connection:
            found = connection.scalar(select(feeds.c.cursor).where(feeds.c.feed == feed))
        return Cursor(state=found or {})

    def validators(self, feed: str) -> dict[str, Validator]:
        """By address."""
        with self._reading() as connection:
            found = connection.execute(select(validators).where(validators.c.feed == feed)).all()
        return {
            row.url: Validator(etag=row.etag, last_modified=row.last_modified, body_sha256=row.body_sha256)
            for row in found
        }

    def record_poll(
        self, feed: str, polled: Polled, validators: Mapping[str, Validator], *, now: datetime
    ) -> PollTally:
        """Entries, cursor, validators and the poll itself, all or nothing. The tally adds up to the list's items."""
        at = aware(now)
        with self._writing() as connection:
            _lock(connection, feed)
            plan = intake.Intake(feed, polled, *_on_file(connection, feed, polled), at)
            _file(connection, feed, plan, at)
            tally = plan.tally
            values: dict[str, Any] = {"cursor": dict(polled.cursor.state)}
            if tally.new:
                values["last_entry_at"] = at
            connection.execute(update(feeds).where(feeds.c.feed == feed).values(values))
            _keep_validators(connection, feed, validators, at)
            _write_down(
                connection,
                PollRecord(
                    feed=feed,
                    at=at,
                    tally=tally,
                    problems=polled.problems,
                    unchanged=polled.unchanged,
                    unknown_fields=polled.unknown_fields,
                ),
            )
        return tally

    def record_failed_poll(self, feed: str, problem: Problem, *, now: datetime) -> None:
        """The cursor stays where it is, so that the next poll tries the same again."""
        with self._writing() as connection:
            _lock(connection, feed)
            _write_down(connection, PollRecord(feed=feed, at=aware(now), problem=problem))

    def last_polls(self) -> dict[str, PollRecord]:
        """By feed; failed ones as well."""
        newest = select(func.max(polls.c.id)).group_by(polls.c.feed)
        with self._reading() as connection:
            found = connection.execute(select(polls).where(polls.c.id.in_(newest))).all()
        return {row.feed: _record_of(row) for row in found}

    def polls(self, feed: str, *, limit: int = 50) -> list[PollRecord]:
        """Newest first."""
        chosen = select(polls).where(polls.c.feed == feed).order_by(polls.c.id.desc()).limit(limit)
        with self._reading() as connection:
            return [_record_of(row) for row in connection.execute(chosen)]

    def last_entry_at(self) -> dict[str, datetime]:
        """When a feed last brought an entry, or a version of one, that had not been seen before."""
        with self._reading() as connection:
            found = connection.execute(select(feeds.c.feed, feeds.c.last_entry_at)).all()
        return {row.feed: row.last_entry_at for row in found if row.last_entry_at}


def _lock(connection: Connection, feed: str) -> None:
    """Two polls of one feed go one after the other; on SQLite every writer does."""
    connection.execute(inserting(connection, feeds).values(feed=feed, cursor={}).on_conflict_do_nothing())
    connection.execute(select(feeds.c.feed).where(feeds.c.feed == feed).with_for_update())


def _on_file(connection: Connection, feed: str, polled: Polled) -> tuple[dict[str, str], dict[str, list[intake.Row]]]:
    """Guid -> root guid, and root guid -> its versions, for all that the list names."""
    listed = [intake.cleaned(entry, feed) for entry in polled.entries]
    named = {guid for entry in listed for guid in (entry.guid, entry.replaces) if guid}
    named |= {storable(rejected.guid) for rejected in polled.rejected}
    roots: dict[str, str] = {}
    for some in chunks(article_id(feed, guid) for guid in sorted(named)):
        found = connection.execute(select(aliases.c.guid, aliases.c.root).where(aliases.c.own_id.in_(some)))
        roots |= {row.guid: row.root for row in found}
    on_file = _versions(connection, feed, named | set(roots.values()))
    return {**{root: root for root in on_file}, **roots}, on_file


def _versions(connection: Connection, feed: str, named: set[str]) -> dict[str, list[intake.Row]]:
    columns = [articles.c[name] for name in _PLANNED]
    found: defaultdict[str, list[intake.Row]] = defaultdict(list)
    for some in chunks(article_id(feed, guid) for guid in sorted(named)):
        rejected = articles.c.source_form.is_not(None).label("rejected")
        chosen = select(articles.c.guid, rejected, *columns).where(articles.c.article_id.in_(some))
        for row in connection.execute(chosen.order_by(articles.c.id)):
            plain = row._asdict()
            found[plain.pop("guid")].append(intake.Row(**{**plain, "rejected": bool(plain["rejected"])}))
    return found


_PLANNED = ("id", "own_guid", "version", "claimed_version", "wording", "latest", "late", "first_seen_at")


def _file(connection: Connection, feed: str, plan: intake.Intake, now: datetime) -> None:
    """First the old versions make room, then the new ones take it, with what stays of the article."""
    inherited: dict[int, tuple[str, datetime | None]] = {}
    for some in chunks(sorted(plan.superseded)):
        inherited |= _supersede(connection, some, now)
    rows = [{**new_row(feed, root, row, now=now), **_inheritance(row, inherited)} for root, row in plan.filed]
    if rows:
        connection.execute(insert(articles), rows)
    if plan.aliases:
        named = [
            {"own_id": article_id(feed, guid), "feed": feed, "guid": guid, "root": root}
            for guid, root in plan.aliases.items()
        ]
        connection.execute(insert(aliases), named)


def _supersede(connection: Connection, ids: Sequence[int], now: datetime) -> dict[int, tuple[str, datetime | None]]:
    locked = select(articles.c.id).where(articles.c.id.in_(ids)).order_by(articles.c.id).with_for_update()
    gone = (
        update(articles)
        .where(articles.c.id.in_(locked))
        .values(
            state=State.SUPERSEDED.value,
            due=None,
            latest=False,
            claimed_by=None,
            claimed_until=None,
            retry_at=None,
            updated_at=now,
        )
        .returning(articles.c.id, articles.c.thread, articles.c.indexed_at)
    )
    return {row.id: (row.thread, row.indexed_at) for row in connection.execute(gone)}


def _inheritance(row: intake.Row, inherited: Mapping[int, tuple[str, datetime | None]]) -> dict[str, Any]:
    """The thread, and when the article last went into the index, from the version whose place this one takes."""
    before = row.follows
    while before is not None and not before.id:
        before = before.follows
    thread, indexed_at = inherited[before.id] if before is not None else ("", None)
    return {"thread": thread, "indexed_at": indexed_at}


def _keep_validators(connection: Connection, feed: str, found: Mapping[str, Validator], now: datetime) -> None:
    old = {
        row.url_id: (row.etag, row.last_modified, row.body_sha256)
        for row in connection.execute(select(validators).where(validators.c.feed == feed))
    }
    rows = []
    for url, validator in found.items():
        values = (validator.etag, validator.last_modified, validator.body_sha256)
        url_id = hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()[:32]
        if old.get(url_id) != values:
            named = dict(zip(("etag", "last_modified", "body_sha256"), values, strict=True))
            rows.append({"feed": feed, "url_id": url_id, "url": url, **named, "changed_at": now})
    if rows:
        put = inserting(connection, validators)
        kept = ("etag", "last_modified", "body_sha256", "changed_at")
        changes = {name: put.excluded[name] for name in kept}
        connection.execute(put.on_conflict_do_update(index_elements=["feed", "url_id"], set_=changes), rows)
    stale = validators.c.changed_at < now - _VALIDATOR_KEPT
    connection.execute(delete(validators).where(validators.c.feed == feed, stale))


def _write_down(connection: Connection, record: PollRecord) -> None:
    tally = record.tally
    connection.execute(
        insert(polls).values(
            feed=record.feed,
            at=record.at,
            read=tally.read,
            new=tally.new,
            known=tally.known,
            quarantined=tally.quarantined,
            problem=section(record.problem) if record.problem else None,
            problems=[section(problem) for problem in record.problems],
            unchanged=record.unchanged,
            unknown_fields=list(record.unknown_fields),
        )
    )


def _record_of(row: SqlRow[Any]) -> PollRecord:
    return PollRecord(
        feed=row.feed,
        at=row.at,
        tally=PollTally(read=row.read, new=row.new, known=row.known, quarantined=row.quarantined),
        problem=problem_from(row.problem) if row.problem else None,
        problems=tuple(problem_from(plain) for plain in row.problems),
        unchanged=row.unchanged,
        unknown_fields=tuple(row.unknown_fields),
    )
