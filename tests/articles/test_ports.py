from __future__ import annotations

import types

import pytest

from articles import adapters
from articles.errors import QueryError, Refused, UnknownName
from articles.model import Decision
from articles.ports import PollTally, Response, Tally, Thresholds


def test_a_tally_adds_up() -> None:
    both = Tally(read=3, written=2, skipped=1) + Tally(read=1, quarantined=1)
    assert both == Tally(read=4, written=2, skipped=1, quarantined=1)
    with pytest.raises(ValueError, match="does not add up"):
        Tally(read=1)
    with pytest.raises(ValueError, match="does not add up"):
        PollTally(read=2, new=1)


def test_thresholds_decide_at_the_edge() -> None:
    cut = Thresholds(doubtful=0.3, on_topic=0.6)
    assert [cut.decide(s) for s in (0.29, 0.3, 0.59, 0.6)] == [
        Decision.OFF_TOPIC,
        Decision.DOUBTFUL,
        Decision.DOUBTFUL,
        Decision.ON_TOPIC,
    ]


def test_media_type_and_charset(now: object) -> None:
    answer = Response(
        url="https://x.dk",
        status=200,
        body=b"",
        fetched_at=now,
        headers={"content-type": 'Text/XML; Charset="ISO-8859-1"'},  # type: ignore[arg-type]
    )
    assert (answer.media_type, answer.charset) == ("text/xml", "iso-8859-1")


def test_an_unknown_adapter_lists_the_known_ones(tmp_path: object) -> None:
    package = types.ModuleType("classifiers")
    package.__path__ = []
    with pytest.raises(UnknownName, match="nope: not in classifiers/; choose one of"):
        adapters.load(package, "nope")


def test_errors_carry_their_subject() -> None:
    error = Refused("answers 429", subject="https://x.dk", retry_after_s=3.0, status=429)
    assert str(error) == "https://x.dk: answers 429"
    assert (error.kind, error.retry_after_s) == ("refused", 3.0)
    assert QueryError("unclosed quote", position=4).position == 4
