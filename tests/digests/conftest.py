"""Cases of digests: a folder with what was found (case.toml) and the mail that comes of it (expected.txt, .html)."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from articles.model import Decision, Licence, Problem, Status
from articles.ports import Digest, FeedHealth, Hit, Recipient
from digests.compose import compose, window
from tests.sample import sample

DAY = date(2026, 11, 20)
PORTAL = "https://watch.example.org"
SENDER = "digest@watch.example.org"
SEEN_AT = datetime(2026, 11, 19, 20, 0, tzinfo=UTC)

HIT = sample(SEEN_AT)

RECIPIENT = Recipient(name="Asylvagten", address="vagt@example.org")

FRESH = FeedHealth(
    feed="via_ritzau",
    title="Via Ritzau",
    fresh=True,
    last_polled_at=datetime(2026, 11, 20, 5, 45, tzinfo=UTC),
    last_entry_at=SEEN_AT,
    problem=None,
)


def hit(**changes: Any) -> Hit:
    """The usual hit with changes; a new id begins a thread of its own unless one is named."""
    if "id" in changes:
        changes.setdefault("thread", changes["id"])
    return dataclasses.replace(HIT, **changes)


def composed(
    *matches: tuple[Hit, list[str]],
    recipient: Recipient = RECIPIENT,
    health: tuple[FeedHealth, ...] = (FRESH,),
    day: date = DAY,
    **more: Any,
) -> Digest:
    return compose(recipient, day, window(day), matches, health, PORTAL, sender=SENDER, **more)


def case_digest(folder: Path) -> Digest:
    """The digest of a recorded case."""
    case = tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))
    recipient = Recipient(**{"name": "Asylvagten", "address": "vagt@example.org", **case.get("recipient", {})})
    return composed(
        *((_hit(found), found.get("reasons", [""])) for found in case.get("hit", [])),
        recipient=recipient,
        health=tuple(_health(line) for line in case.get("feed", [])),
        day=case["day"],
        sent_before=frozenset(case.get("sent_before", [])),
    )


def _hit(found: Mapping[str, Any]) -> Hit:
    kinds = {"status": Status, "licence": Licence, "decision": Decision, "evidence": tuple, "also": tuple}
    plain = {name: kinds.get(name, lambda value: value)(value) for name, value in found.items() if name != "reasons"}
    if "body" not in plain:
        plain["body"] = "\n\n".join(plain.get("evidence", HIT.evidence))
    return hit(**plain)


def _health(line: Mapping[str, Any]) -> FeedHealth:
    problem = line.get("problem")
    return FeedHealth(
        feed=line["feed"],
        title=line["title"],
        fresh=problem is None,
        last_polled_at=line.get("polled", FRESH.last_polled_at),
        last_entry_at=line.get("entry"),
        problem=Problem(stage="poll", kind=problem, detail=line.get("detail", "")) if problem else None,
    )


@pytest.fixture
def digest() -> Digest:
    return composed((HIT, ["Soldater"]))
