"""One digest per address and day, sent once, no item twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from articles.errors import LedgerError
from articles.model import Problem
from articles.ports import Digest, Receipt, Recipient
from ledger.store import Ledger

DAY = date(2026, 11, 20)
PROBLEM = Problem(stage="send", kind="mail", detail="the server does not answer; it goes with the next run")


def digest(address: str = "vagt@example.org", day: date = DAY, items: tuple[str, ...] = ("1", "2"), **more: Any):
    until = datetime(day.year, day.month, day.day, 6, tzinfo=UTC)
    recipient = Recipient(name="Vagten", address=address, queries={"Asyl": "asyl OR 'opholdstilladelse'"})
    given = {"message_id": f"<{day}.{address}>", "subject": "Dagens træffere", "text": "Hej 🕊", "html": "<p>Hej</p>"}
    return Digest(**{
        "recipient": recipient, "day": day, "since": until - timedelta(days=1), "until": until, "items": items,
        **given, **more,
    })  # fmt: skip


def test_filed_once_and_the_first_stays(ledger: Ledger, now: datetime) -> None:
    assert ledger.file_digest(digest(), now=now)
    assert not ledger.file_digest(digest(subject="Another", message_id="<2>", items=("3",)), now=now)
    assert not ledger.file_digest(digest("VAGT@example.org ", message_id="<3>"), now=now)
    (record,) = ledger.digests()
    assert record.digest == digest()
    assert (record.filed_at, record.sent_at, record.receipt, record.attempts) == (now, None, None, 0)
    assert ledger.sent_items("vagt@example.org") == {"1", "2"}


def test_sent_once(ledger: Ledger, now: datetime) -> None:
    ledger.file_digest(digest(), now=now)
    ledger.file_digest(digest("anden@example.org"), now=now)
    first, second = ledger.claim_digests(worker="anna", now=now)
    assert first == digest()
    assert ledger.claim_digests(worker="bo", now=now) == []
    receipt = Receipt(message_id=first.message_id, answer="250 taget imod", filed="mail/1.eml")
    ledger.digest_sent(first.message_id, receipt, now=now)
    ledger.digest_sent(first.message_id, Receipt(message_id=first.message_id, answer="again"), now=now)
    late = now + timedelta(hours=1)
    assert ledger.claim_digests(worker="bo", now=late) == [second], "the lease on the other one ran out"
    assert [(r.sent_at, r.receipt) for r in ledger.digests()] == [(now, receipt), (None, None)]


def test_a_refused_one_is_handed_out_again_at_its_time(ledger: Ledger, now: datetime) -> None:
    ledger.file_digest(digest(), now=now)
    (claimed,) = ledger.claim_digests(worker="anna", now=now)
    again = now + timedelta(minutes=10)
    ledger.digest_failed(claimed.message_id, PROBLEM, at=again, now=now)
    (record,) = ledger.digests()
    assert (record.problem, record.attempts, record.sent_at) == (PROBLEM, 1, None)
    assert ledger.claim_digests(worker="anna", now=again - timedelta(seconds=1)) == []
    assert ledger.claim_digests(worker="anna", now=again) == [digest()]
    ledger.digest_sent(claimed.message_id, Receipt(message_id=claimed.message_id, answer="250"), now=again)
    assert ledger.digests()[0].problem is None
    ledger.digest_failed(claimed.message_id, PROBLEM, at=again, now=again)
    assert ledger.digests()[0].problem is None, "what is sent has not failed"
    assert ledger.claim_digests(worker="anna", now=again + timedelta(days=1)) == []


def test_a_dead_workers_claim_is_freed(ledger: Ledger, now: datetime) -> None:
    ledger.file_digest(digest(), now=now)
    ledger.claim_digests(worker="anna", now=now)
    assert ledger.release_digests("bo") == 0
    assert ledger.release_digests("anna") == 1
    assert ledger.claim_digests(worker="bo", now=now) == [digest()]


def test_items_by_address_over_days(ledger: Ledger, now: datetime) -> None:
    ledger.file_digest(digest(items=("1", "1", "2")), now=now)
    ledger.file_digest(digest(day=date(2026, 11, 21), items=("2", "3")), now=now)
    ledger.file_digest(digest("anden@example.org", items=()), now=now)
    assert ledger.sent_items("Vagt@example.org") == {"1", "2", "3"}
    assert ledger.sent_items("anden@example.org") == set()
    assert [r.digest.day for r in ledger.digests(day=date(2026, 11, 21))] == [date(2026, 11, 21)]


def test_limits(ledger: Ledger, now: datetime) -> None:
    for n in range(5):
        ledger.file_digest(digest(f"{n}@example.org"), now=now)
    assert [d.recipient.address for d in ledger.claim_digests(worker="a", now=now, limit=2)] == [
        "0@example.org", "1@example.org",
    ]  # fmt: skip


def test_one_that_was_never_filed(ledger: Ledger, now: datetime) -> None:
    with pytest.raises(LedgerError, match="compose it"):
        ledger.digest_sent("<x>", Receipt(message_id="<x>", answer="250"), now=now)


def test_naive_instants_are_refused(ledger: Ledger, now: datetime) -> None:
    with pytest.raises(ValueError, match="zone"):
        ledger.file_digest(digest(), now=now.replace(tzinfo=None))
    with pytest.raises(ValueError, match="zone"):
        ledger.file_digest(digest(since=now.replace(tzinfo=None)), now=now)
    assert ledger.digests() == []
