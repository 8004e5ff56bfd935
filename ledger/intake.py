"""What a poll means for the articles on file: decided here without a database.

An item of a source's list is *known*, a *new* article, a new *version* of one, or *unreadable*. The rules:

- The same wording under the same guid is known. A wording given up earlier and now back is a new version, unless the
  same list still carries the newest wording too (a list with both would otherwise never come to rest).
- ``replaces`` makes an entry the next version of the article that it names. The article keeps its first guid, the
  *root*; other guids are aliases of it. A replaced guid that is not on file yet becomes an alias as well, so that an
  old item that comes after its correction falls into place.
- *Late* is what arrives after what has replaced it: a lower claimed version, or other wording under a guid that is
  replaced. It is filed as superseded at once and was never in force.
- An item that cannot be read never takes a readable version's place.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from articles.model import Entry, Problem, Stage, State, Status
from articles.ports import Polled, PollTally, Rejected
from ledger.schema import storable

_LARGEST_VERSION = 2**31 - 1  # of an INTEGER column


@dataclass(slots=True, kw_only=True)
class Row:
    """One version of an article, on file (``id``) or to be filed (``entry``). ``latest`` changes while planning."""

    own_guid: str
    version: int
    claimed_version: int
    wording: str
    latest: bool
    rejected: bool
    first_seen_at: datetime
    id: int = 0
    late: bool = False
    entry: Entry | None = None
    state: State = State.POLLED
    due: Stage | None = None
    problem: Problem | None = None
    source_form: str | None = None
    follows: Row | None = None  # whose place it takes


class Intake:
    """Takes a poll item by item. Afterwards: ``filed``, ``superseded``, ``aliases`` and the ``tally``."""

    def __init__(
        self, feed: str, polled: Polled, roots: Mapping[str, str], on_file: Mapping[str, Iterable[Row]], now: datetime
    ) -> None:
        """``roots``: guid -> root guid; ``on_file``: root guid -> versions, oldest first. Both as far as concerned."""
        self.filed: list[tuple[str, Row]] = []  # with the root guid
        self.superseded: list[int] = []  # ids of rows on file
        self.aliases: dict[str, str] = {}
        self._counts = dict.fromkeys(("new", "known", "quarantined"), 0)
        self._feed, self._now = feed, now
        self._roots = dict(roots)
        self._articles: defaultdict[str, list[Row]] = defaultdict(list, {root: list(r) for root, r in on_file.items()})
        self._entries = [cleaned(entry, feed) for entry in polled.entries]
        self._listed: defaultdict[str, set[str]] = defaultdict(set)
        for entry in self._entries:
            self._listed[entry.guid].add(wording(entry))
        for entry in self._entries:
            self._take(entry)
        for rejected in polled.rejected:
            self._reject(rejected)

    @property
    def tally(self) -> PollTally:
        return PollTally(read=sum(self._counts.values()), **self._counts)

    def _take(self, entry: Entry) -> None:
        root, seen = self._root(entry), entry.guid in self._roots
        rows = self._articles[root]
        newest = _newest(rows)
        late = newest is not None and _late(entry, newest, seen)
        if self._known(entry, rows, newest, late):
            self._counts["known"] += 1
            return
        row = self._version(entry, rows, late)
        if not late:
            self._supersede(newest, row)
        self._file(root, row)
        self._name(entry, root)

    def _root(self, entry: Entry) -> str:
        return self._roots.get(entry.guid) or self._roots.get(entry.replaces) or entry.guid

    def _known(self, entry: Entry, rows: list[Row], newest: Row | None, late: bool) -> bool:
        own = [row for row in rows if row.own_guid == entry.guid and not row.rejected]
        if not own:
            return False
        mark = wording(entry)
        current = newest if newest is not None and newest in own else own[-1]
        if current.wording == mark:
            return True
        on_file = any(row.wording == mark for row in own)
        return on_file and (late or current.wording in self._listed[entry.guid])

    def _version(self, entry: Entry, rows: list[Row], late: bool) -> Row:
        row = Row(
            own_guid=entry.guid,
            version=_number(entry.version, rows, late),
            claimed_version=entry.version,
            wording=wording(entry),
            latest=not late,
            late=late,
            rejected=False,
            first_seen_at=rows[0].first_seen_at if rows else self._now,
            entry=replace(entry, published_at=None) if _fault(entry) else entry,
        )
        row.due, row.problem = _first_stage(entry, after=any(not row.rejected for row in rows))
        if late:
            row.state, row.due, row.problem = State.SUPERSEDED, None, None
        elif row.problem:
            row.state = State.QUARANTINED
        return row

    def _reject(self, rejected: Rejected) -> None:
        guid = storable(rejected.guid) or _digest(rejected.raw)
        root = self._roots.get(guid, guid)
        rows = self._articles[root]
        mark = _digest("rejected", rejected.problem.kind, rejected.problem.detail)
        if any(row.rejected and row.own_guid == guid and row.wording == mark for row in rows):
            self._counts["known"] += 1
            return
        newest = _newest(rows)
        readable = newest is not None and not newest.rejected
        row = Row(
            own_guid=guid,
            version=_number(0, rows, False),
            claimed_version=0,
            wording=mark,
            latest=not readable,
            late=readable,
            rejected=True,
            first_seen_at=rows[0].first_seen_at if rows else self._now,
            entry=Entry(feed=self._feed, guid=guid, url="", title="", receipt=rejected.receipt),
            state=State.QUARANTINED,
            problem=rejected.problem,
            source_form=rejected.raw,
        )
        if not readable:
            self._supersede(newest, row)
        self._file(root, row)
        self._roots.setdefault(guid, root)

    def _supersede(self, newest: Row | None, by: Row) -> None:
        by.follows = newest
        if newest is None:
            return
        newest.latest = False
        if newest.id:
            self.superseded.append(newest.id)
        else:
            newest.state, newest.due = State.SUPERSEDED, None

    def _file(self, root: str, row: Row) -> None:
        self._counts["quarantined" if row.state is State.QUARANTINED else "new"] += 1
        self._articles[root].append(row)
        self.filed.append((root, row))

    def _name(self, entry: Entry, root: str) -> None:
        for guid in (entry.guid, entry.replaces):
            if guid and guid not in self._roots:
                self._roots[guid] = root
                if guid != root:
                    self.aliases[guid] = root


def _newest(rows: list[Row]) -> Row | None:
    return next((row for row in rows if row.latest), None)


def _late(entry: Entry, newest: Row, seen: bool) -> bool:
    other = entry.guid != newest.own_guid
    if other and entry.replaces == newest.own_guid:
        return False
    if entry.status is Status.WITHDRAWN and not other:
        return False  # whatever its number says: who reads on would use what the publisher has taken back
    return (other and seen) or entry.version < newest.claimed_version


def _number(claimed: int, rows: list[Row], late: bool) -> int:
    """The ledger's own number: the next one; a late version takes its claimed one where it is free."""
    taken = {row.version for row in rows}
    if late and claimed > 0 and claimed not in taken:
        return claimed
    return max(max(taken, default=0) + 1, claimed)


def _first_stage(entry: Entry, *, after: bool) -> tuple[Stage | None, Problem | None]:
    """What is due on a new version. A withdrawal keeps the wording that is withdrawn: its own page is often gone."""
    fault = _fault(entry)
    if fault:
        return None, Problem(stage="poll", kind="unreadable", detail=fault)
    if entry.body_html or (after and entry.status is Status.WITHDRAWN):
        return Stage.EXTRACT, None
    if entry.address:
        return Stage.FETCH, None
    detail = "has neither a text nor an address in the list; look at the item at its source"
    return None, Problem(stage="poll", kind="unreadable", detail=detail)


def _fault(entry: Entry) -> str:
    if entry.published_at is not None and entry.published_at.tzinfo is None:
        return "has a time of publication without a zone; mend the feed's adapter"
    return ""


def cleaned(entry: Entry, feed: str) -> Entry:
    """The entry as the ledger can hold it, under the feed that was polled, never without a guid."""
    guid = storable(entry.guid) or _digest(entry.url, entry.title, entry.summary, entry.body_html)
    version = min(max(entry.version, 0), _LARGEST_VERSION - 1_000_000)  # room for the ledger's own numbers
    own = replace(entry, feed=feed, guid=guid, replaces=storable(entry.replaces), version=version)
    return replace(own, replaces="") if own.replaces == own.guid else own


def wording(entry: Entry) -> str:
    """32 hexadecimal digits, equal while the source says the same of the item."""
    parts = (entry.title, entry.summary, entry.body_html, entry.status.value, entry.url, str(entry.version))
    return _digest(*parts)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "replace")).hexdigest()[:32]
