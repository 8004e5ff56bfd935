"""The floor: what the shipped model is worth on the part of the passages that nothing was fitted to.

Counted anew from the shipped files at each run. Below the floor a change made it worse; the figures themselves, with
intervals, stand in the topic's ``MODEL.md``.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest

import topics
from classifiers import transformer
from training import card, evaluate, figures, passages
from training.figures import Scored
from training.passages import Passage

TOPIC = topics.load("russian_defector_asylum")
CUT = TOPIC.thresholds(transformer.NAME)

FLOORS: dict[str, tuple[Callable[[Passage], bool], float]] = {
    "all": (lambda _: True, 0.90),
    "Danish": (lambda p: p.language == "da", 0.88),
    "English": (lambda p: p.language == "en", 0.91),
    "hard": (lambda p: p.difficulty == "hard", 0.85),
}


@pytest.fixture(scope="module")
def held() -> list[Passage]:
    return passages.of(passages.read(TOPIC.folder), passages.EVALUATION)


@pytest.fixture(scope="module")
def verdicts(held: list[Passage]) -> list[transformer.Verdict]:
    return transformer.load(TOPIC).classify([p.read_as for p in held])


@pytest.fixture(scope="module")
def scored(held: list[Passage], verdicts: list[transformer.Verdict]) -> Scored:
    return Scored(tuple(held), np.array([verdict.score for verdict in verdicts]))


@pytest.mark.parametrize("part", FLOORS)
def test_it_is_no_worse_than_it_was(scored: Scored, part: str) -> None:
    _is_no_worse(scored, *FLOORS[part])


INDEPENDENT: dict[str, tuple[Callable[[Passage], bool], float]] = {
    "all": (lambda _: True, 0.91),
    "Danish": (lambda p: p.language == "da", 0.90),
    "hard": (lambda p: p.difficulty == "hard", 0.86),
}


@pytest.fixture(scope="module")
def independent() -> Scored:
    found = passages.independent(TOPIC.folder)
    verdicts = transformer.load(TOPIC).classify([p.read_as for p in found])
    return Scored(tuple(found), np.array([verdict.score for verdict in verdicts]))


@pytest.mark.parametrize("part", INDEPENDENT)
def test_texts_by_another_hand_are_judged_no_worse_than_they_were(independent: Scored, part: str) -> None:
    _is_no_worse(independent, *INDEPENDENT[part])


def _is_no_worse(scored: Scored, wanted: Callable[[Passage], bool], floor: float) -> None:
    some = scored.where(wanted)
    assert len(some.passages) >= 40
    assert (figures.at_cut(some.labels, some.scores, CUT.on_topic)["f1"] or 0) >= floor


def test_a_miss_is_rarer_than_a_false_hit(scored: Scored) -> None:
    assert (figures.at_cut(scored.labels, scored.scores, CUT.doubtful)["recall"] or 0) >= 0.95


def test_the_evidence_holds_the_reason(held: list[Passage], verdicts: list[transformer.Verdict]) -> None:
    assert evaluate.evidence(held, verdicts)["with_reason"] >= 0.95


def test_the_figures_that_are_told_are_those_of_the_shipped_model(scored: Scored) -> None:
    """Another processor rounds otherwise: a text at the edge may fall on its other side."""
    told = json.loads((TOPIC.folder / card.MEASURED).read_text(encoding="utf-8"))
    now = figures.figures(scored, CUT.on_topic)
    assert now["n"] == told["all"]["n"]
    assert now["f1"] == pytest.approx(told["all"]["f1"], abs=0.01)
    assert now["average_precision"] == pytest.approx(told["all"]["average_precision"], abs=0.01)


def test_it_beats_every_yardstick(scored: Scored) -> None:
    told = json.loads((TOPIC.folder / card.MEASURED).read_text(encoding="utf-8"))["yardsticks"]
    assert set(told) == {"glossary scorer", "Boolean query", "untrained encoder"}
    now = figures.figures(scored, CUT.on_topic)
    assert all(now["f1"] > found["all"]["f1"] + 0.1 for found in told.values())
