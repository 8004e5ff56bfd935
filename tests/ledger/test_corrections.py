"""What people say of verdicts: appended with the verdict that stood then; the latest holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from articles.errors import LedgerError
from articles.model import Decision, Stage, State
from ledger import migrations
from ledger.store import Ledger, in_force


def judged(desk: Any, *guids: str) -> list[str]:
    """Hits; their ids."""
    desk.poll(*(desk.entry(guid) for guid in guids))
    desk.all_through()
    return [desk.latest(guid).id for guid in guids]


def test_it_keeps_who_when_and_the_verdict_that_stood_then(desk: Any) -> None:
    (hit,) = judged(desk, "a")
    made = desk.ledger.correct(hit, False, by="Ane", note="Ukrainere 🕊\x00", now=desk.now)
    assert desk.ledger.corrections() == [made]
    assert (made.article_id, made.version, made.on_topic, made.by, made.at) == (hit, 1, False, "Ane", desk.now)
    assert (made.note, made.score, made.decision, made.classifier) == (
        "Ukrainere 🕊\ufffd",
        0.9,
        Decision.ON_TOPIC,
        "lexicon/1",
    )


def test_nothing_else_changes(desk: Any) -> None:
    (hit,) = judged(desk, "a")
    before = desk.ledger.get(hit)
    desk.ledger.correct(hit, False, by="Ane", now=desk.now)
    assert desk.ledger.get(hit) == before
    assert desk.claim(Stage.CLASSIFY) == desk.claim(Stage.INDEX) == []


def test_all_are_kept_and_the_latest_on_each_article_holds(desk: Any) -> None:
    first, second = judged(desk, "a", "b")
    said = []
    for hit, on_topic, by in ((first, False, "Ane"), (second, True, "Bo"), (first, True, "Bo")):
        desk.wait(minutes=1)
        said.append(desk.ledger.correct(hit, on_topic, by=by, now=desk.now))
    assert desk.ledger.corrections() == said
    assert in_force(said) == said[1:]
    assert desk.ledger.corrections(article_id=first) == [said[0], said[2]]
    assert desk.ledger.corrections(since=said[1].at) == said[1:]
    assert desk.ledger.corrections(since=desk.now + timedelta(seconds=1)) == []


def test_two_at_one_instant_hold_in_the_order_in_which_they_were_said(desk: Any) -> None:
    (hit,) = judged(desk, "a")
    for on_topic in (False, True, False):
        desk.ledger.correct(hit, on_topic, by="Ane", now=desk.now)
    assert [one.on_topic for one in in_force(desk.ledger.corrections())] == [False]


def test_it_is_of_the_version_that_was_read(desk: Any) -> None:
    (hit,) = judged(desk, "a")
    desk.poll(desk.entry("a", title="Another", version=2))
    assert desk.ledger.correct(hit, True, by="Ane", version=1, now=desk.now).version == 1
    with pytest.raises(LedgerError, match="no verdict to correct"):
        desk.ledger.correct(hit, True, by="Ane", now=desk.now)


def test_what_is_not_on_file_or_not_judged_cannot_be_corrected(desk: Any) -> None:
    desk.poll(desk.entry("a"))
    for article_id, version, why in (
        ("f" * 32, None, "is not on file"),
        (desk.latest("a").id, 7, "is not on file"),
        (desk.latest("a").id, None, "no verdict to correct"),
    ):
        with pytest.raises(LedgerError, match=why):
            desk.ledger.correct(article_id, True, by="Ane", version=version, now=desk.now)
    assert desk.ledger.corrections() == []


@pytest.mark.parametrize(
    ("score", "on_topic", "disagrees"), [(0.9, True, False), (0.9, False, True), (0.1, True, True), (0.1, False, False)]
)
def test_a_word_against_the_verdict_disagrees(score: float, on_topic: bool, disagrees: bool, desk: Any) -> None:
    desk.poll(desk.entry("a"))
    desk.fetch()
    desk.extract()
    desk.step(Stage.CLASSIFY, lambda a: (a.with_(verdicts=(desk.verdict(score),)), State.CLASSIFIED, None))
    assert desk.ledger.correct(desk.latest("a").id, on_topic, by="Ane", now=desk.now).disagrees is disagrees


def test_naive_instants_are_refused(desk: Any) -> None:
    (hit,) = judged(desk, "a")
    with pytest.raises(ValueError, match="zone"):
        desk.ledger.correct(hit, True, by="Ane", now=desk.now.replace(tzinfo=None))
    with pytest.raises(ValueError, match="zone"):
        desk.ledger.corrections(since=datetime(2026, 11, 20))
    assert desk.ledger.corrections() == []


def test_a_ledger_of_the_first_tables_gets_the_table_and_keeps_what_it_has(empty_url: str) -> None:
    ledger = Ledger(empty_url)
    at = datetime(2026, 11, 20, tzinfo=UTC)
    with ledger._writing() as connection:
        migrations.upgrade(connection, "0001")
        connection.execute(text("INSERT INTO feeds (feed, cursor) VALUES ('wire', '{}')"))
    with pytest.raises(LedgerError, match="run `defectorwatch migrate`"):
        ledger.corrections(since=at)
    ledger.migrate()
    assert ledger.corrections() == []
    with ledger._reading() as connection:
        assert connection.scalar(text("SELECT feed FROM feeds")) == "wire"
    ledger.close()
