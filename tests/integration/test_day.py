"""The recorded day, through every stage but Airflow: real parts, real servers, one process."""

from __future__ import annotations

import email
import email.policy
from collections import Counter

import pytest

from articles.model import Decision, State, Status
from articles.ports import Query
from pipeline import steps
from replay import labels
from replay.day import DAY, items

from .conftest import Played, play

EVERYTHING = (Decision.ON_TOPIC, Decision.DOUBTFUL, Decision.OFF_TOPIC)


def found(played: Played, text: str = "", **filters: object) -> list[str]:
    query = Query(text=text, decisions=EVERYTHING, size=500, **filters)  # type: ignore[arg-type]
    return [result.hit.id for result in played.runtime.index.search(query).found]


def test_every_item_that_was_read_is_in_one_state(played: Played) -> None:
    for feed, counts in played.polls.items():
        assert counts["read"] == counts["new"] + counts["known"] + counts["quarantined"], feed
        states = played.runtime.ledger.states().get(feed, {})
        assert sum(states.values()) == counts["new"] + counts["quarantined"], feed
    assert sum(counts["new"] for counts in played.polls.values()) >= 150


def test_nothing_is_left_waiting_but_what_is_tried_again(played: Played) -> None:
    waiting = [a for a in played.runtime.ledger.hits() if a.trace and a.trace.state is not State.INDEXED]
    assert waiting == []
    everything = Counter[State]()
    for states in played.runtime.ledger.states().values():
        everything.update(states)
    assert everything[State.FETCHED] == everything[State.EXTRACTED] == 0
    assert everything[State.DUPLICATE] >= 1
    assert everything[State.SUPERSEDED] >= 2


def test_what_went_wrong_with_a_source_has_a_name(played: Played) -> None:
    assert "challenge" in played.failures["europarl_libe"]
    assert "no answer within" in played.failures["jyllands_posten"]
    kinds = {line.feed: line.problem.kind for line in played.runtime.health() if line.problem}
    assert kinds["europarl_libe"] == "challenged"
    assert kinds["jyllands_posten"] == "unreachable"
    assert kinds["berlingske"] == "malformed"
    assert "council" not in played.failures
    with pytest.raises(Exception, match="europarl_libe: "):
        steps.gate("europarl_libe", runtime=played.runtime)
    assert steps.gate("dr_politik", runtime=played.runtime)


def test_what_could_not_be_read_is_in_quarantine_and_says_why(played: Played) -> None:
    problems = {a.problem.kind: a.problem.detail for a in played.runtime.ledger.quarantined() if a.problem}
    assert {"too_large", "refused", "challenged"} <= set(problems)
    assert "larger than" in problems["too_large"]


def test_the_hits_are_what_is_on_topic(played: Played) -> None:
    labelled = labels.labels()
    on_file = {(a.entry.feed, a.entry.guid) for a in played.runtime.ledger.hits()}
    judged = {key for key in labelled if _judged(played, key)}
    wanted = {key for key in judged if labelled[key]}
    hits = on_file & judged
    missed, false = sorted(wanted - hits), sorted(hits - wanted)
    assert len(wanted) >= 15
    assert len(missed) <= 0.1 * len(wanted), missed
    assert len(false) <= 0.35 * len(hits), false


def _judged(played: Played, key: tuple[str, str]) -> bool:
    from articles.identity import article_id

    article = played.runtime.ledger.get(article_id(*key))
    return article is not None and article.verdict is not None


def test_evidence_slices_the_text(played: Played) -> None:
    for article in played.runtime.ledger.hits():
        assert article.text is not None
        assert article.verdict is not None
        assert article.verdict.evidence, article.title
        for span in article.verdict.evidence:
            assert article.text.body[span.start : span.end].strip()


def test_a_correction_and_a_withdrawal_stay_one_article_each(played: Played) -> None:
    statuses = Counter(a.entry.status for a in played.runtime.ledger.hits())
    assert statuses[Status.CORRECTION] >= 1
    assert statuses[Status.WITHDRAWN] >= 1
    corrected = next(a for a in played.runtime.ledger.hits() if a.entry.status is Status.CORRECTION)
    versions = played.runtime.ledger.versions(corrected.id)
    assert [v.trace.state for v in versions if v.trace] == [State.SUPERSEDED, State.INDEXED]


def test_a_story_told_by_several_is_one_thread(played: Played) -> None:
    threads = Counter(a.trace.thread for a in played.runtime.ledger.hits() if a.trace)
    assert max(threads.values()) >= 3


def test_the_note_to_editors_never_leaves_the_wire(played: Played) -> None:
    assert any("IKKE TIL PUBLICERING" in str(item.more) for item in items())
    assert found(played, "publicering") == [] or all(
        "IKKE TIL PUBLICERING" not in result.hit.body
        for result in played.runtime.index.search(Query(text="publicering", decisions=EVERYTHING)).found
    )
    whole = (played.runtime.settings.var / "ledger.sqlite").read_bytes()
    assert b"IKKE TIL PUBLICERING" not in whole


def test_the_wire_is_acknowledged_for_what_the_ledger_holds(played: Played) -> None:
    receipts = {a.entry.receipt for v in _wire_versions(played) for a in [v]}
    assert receipts
    assert {str(number) for number in played.server.acknowledged()} >= receipts - {""}


def _wire_versions(played: Played) -> list[object]:
    ledger = played.runtime.ledger
    ids = {item.id for item in ledger.hits() if item.entry.feed == "ritzau_wire"}
    return [version for article in ids for version in ledger.versions(article)]  # type: ignore[misc]


def test_the_digest_is_sent_once_and_says_what_could_not_be_seen(played: Played) -> None:
    assert len(played.mail.mails) == 1
    mail = email.message_from_bytes(played.mail.mails[0], policy=email.policy.default)
    plain = mail.get_body(("plain",))
    assert plain is not None
    words = plain.get_content()
    assert mail["To"] == "asylvagten@example.org" or "asylvagten@example.org" in str(mail["To"])
    assert "LIBE" in words
    assert "IKKE TIL PUBLICERING" not in words


def test_searches_find_inflected_words(played: Played) -> None:
    assert found(played, "desertør") == found(played, "desertørerne")
    assert found(played, "desertør")


def test_a_second_run_brings_nothing_new_and_no_second_mail(played: Played) -> None:
    before = set(found(played))
    polls, _ = play(played.runtime)
    steps.compose(DAY.digest_day, runtime=played.runtime)
    steps.send(runtime=played.runtime)
    assert sum(counts["new"] for counts in polls.values()) == 0
    still = {line.feed: line.problem.kind for line in played.runtime.health() if line.problem}
    assert still == {"europarl_libe": "challenged", "jyllands_posten": "unreachable", "berlingske": "malformed"}
    assert set(found(played)) == before
    assert len(played.mail.mails) == 1


def test_a_dropped_index_is_rebuilt_with_the_same_hits(played: Played) -> None:
    import shutil

    before = found(played)
    at = played.runtime
    at.close()
    shutil.rmtree(at.settings.var / "hits")
    assert steps.rebuild(runtime=at)["written"] == len(before)
    assert found(played) == before
