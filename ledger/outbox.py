"""Digests: an outbox. Filed first, then sent; one per address and day, and no item twice to one address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row as SqlRow
from sqlalchemy import or_, select, update

from articles.errors import LedgerError
from articles.model import Problem, problem_from, section
from articles.ports import Digest, Receipt, Recipient
from ledger.database import Database, inserting
from ledger.schema import aware, digest_items, digests

LEASE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestRecord:
    """A digest and what became of it. ``problem`` is that of the last attempt, ``None`` once it is sent."""

    digest: Digest
    filed_at: datetime
    sent_at: datetime | None = None
    receipt: Receipt | None = None
    problem: Problem | None = None
    attempts: int = 0  # that failed


class Outbox(Database):
    """What the steps compose and send read and write."""

    def file_digest(self, digest: Digest, *, now: datetime) -> bool:
        """False where the address has a digest of that day already; the stored one stays as it is."""
        address = same_address(digest.recipient.address)
        with self._writing() as connection:
            filed = inserting(connection, digests).values(
                message_id=digest.message_id,
                address=address,
                day=digest.day,
                digest=_plain(digest),
                filed_at=aware(now),
                attempts=0,
            )
            row_id = connection.scalar(filed.on_conflict_do_nothing().returning(digests.c.id))
            if row_id is None:
                return False
            items = [{"address": address, "item": item} for item in dict.fromkeys(digest.items)]
            if items:
                connection.execute(inserting(connection, digest_items).on_conflict_do_nothing(), items)
        return True

    def claim_digests(self, *, worker: str, now: datetime, lease: timedelta = LEASE, limit: int = 20) -> list[Digest]:
        """Filed, not sent, held by nobody, and not waiting for a later attempt; oldest first, for this worker alone."""
        at = aware(now)
        free = or_(digests.c.claimed_until.is_(None), digests.c.claimed_until <= at)
        ready = or_(digests.c.retry_at.is_(None), digests.c.retry_at <= at)
        chosen = select(digests.c.id).where(digests.c.sent_at.is_(None), free, ready)
        chosen = chosen.order_by(digests.c.id).limit(limit).with_for_update(skip_locked=True)
        with self._writing() as connection:
            held = update(digests).where(digests.c.id.in_(connection.scalars(chosen).all()))
            held = held.values(claimed_by=worker, claimed_until=at + lease)
            found = connection.execute(held.returning(digests.c.id, digests.c.digest)).all()
        return [_digest_from(row.digest) for row in sorted(found, key=lambda row: int(row.id))]

    def digest_sent(self, message_id: str, receipt: Receipt, *, now: datetime) -> None:
        """It is never handed out again. The first receipt stays."""
        values = {"sent_at": aware(now), "receipt": asdict(receipt), "problem": None}
        self._settled(message_id, values)

    def digest_failed(self, message_id: str, problem: Problem, *, at: datetime, now: datetime) -> None:
        """It stays filed and is handed out again from ``at`` on."""
        aware(now)
        values = {"problem": section(problem), "retry_at": aware(at), "attempts": digests.c.attempts + 1}
        self._settled(message_id, values)

    def release_digests(self, worker: str) -> int:
        """Frees what a worker held that is known to be dead, without waiting for its lease to run out."""
        with self._writing() as connection:
            freed = update(digests).where(digests.c.claimed_by == worker, digests.c.sent_at.is_(None))
            freed = freed.values(claimed_by=None, claimed_until=None)
            return len(connection.execute(freed.returning(digests.c.id)).all())

    def digests(self, *, day: date | None = None) -> list[DigestRecord]:
        """Those of a day, or all; in the order in which they were filed."""
        chosen = select(digests).order_by(digests.c.id)
        if day is not None:
            chosen = chosen.where(digests.c.day == day)
        with self._reading() as connection:
            return [_record_of(row) for row in connection.execute(chosen)]

    def sent_items(self, address: str) -> set[str]:
        """Ids of the hits that this address has had. One filed and not sent yet counts: it will be sent."""
        chosen = select(digest_items.c.item).where(digest_items.c.address == same_address(address))
        with self._reading() as connection:
            return set(connection.scalars(chosen))

    def _settled(self, message_id: str, values: Mapping[str, Any]) -> None:
        waiting = update(digests).where(digests.c.message_id == message_id, digests.c.sent_at.is_(None))
        with self._writing() as connection:
            settled = connection.execute(
                waiting.values({**values, "claimed_by": None, "claimed_until": None}).returning(digests.c.id)
            ).first()
            known = settled or connection.scalar(select(digests.c.id).where(digests.c.message_id == message_id))
        if not known:
            raise LedgerError("is not a digest on file; compose it before it is sent", subject=message_id)


def same_address(address: str) -> str:
    """As compared: no server in use tells upper from lower case."""
    return address.strip().lower()


def _plain(digest: Digest) -> dict[str, Any]:
    instants = {"day": digest.day, "since": aware(digest.since), "until": aware(digest.until)}
    person = {**asdict(digest.recipient), "queries": dict(digest.recipient.queries)}
    rest = {"message_id": digest.message_id, "subject": digest.subject, "text": digest.text, "html": digest.html}
    return {
        **rest,
        "recipient": person,
        "items": list(digest.items),
        **{name: value.isoformat() for name, value in instants.items()},
    }


def _digest_from(plain: Mapping[str, Any]) -> Digest:
    return Digest(**{
        **plain,
        "recipient": Recipient(**plain["recipient"]),
        "day": date.fromisoformat(plain["day"]),
        "since": datetime.fromisoformat(plain["since"]),
        "until": datetime.fromisoformat(plain["until"]),
        "items": tuple(plain["items"]),
    })


def _record_of(row: SqlRow[Any]) -> DigestRecord:
    return DigestRecord(
        digest=_digest_from(row.digest),
        filed_at=row.filed_at,
        sent_at=row.sent_at,
        receipt=Receipt(**row.receipt) if row.receipt else None,
        problem=problem_from(row.problem) if row.problem else None,
        attempts=row.attempts,
    )
