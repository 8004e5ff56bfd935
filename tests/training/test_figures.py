"""The arithmetic of figures, cuts and combinations."""

from __future__ import annotations

import numpy as np
import pytest

from training import figures
from training.figures import Scored
from training.passages import Passage

SCORES = np.array([0.1, 0.2, 0.3, 0.6, 0.7, 0.9])
LABELS = np.array([0.0, 1.0, 0.0, 0.0, 1.0, 1.0])


def scored() -> Scored:
    found = tuple(
        Passage(
            id=str(n),
            story=str(n // 2),
            part="evaluation",
            language="da" if n % 2 else "en",
            register="news",
            label=int(label),
            difficulty="plain",
            why="made up",
            text="…",
        )
        for n, label in enumerate(LABELS)
    )
    return Scored(found, SCORES)


def test_precision_recall_and_f1_at_a_cut() -> None:
    assert figures.at_cut(LABELS, SCORES, 0.5) == {"precision": 0.667, "recall": 0.667, "f1": 0.667}


def test_where_there_is_nothing_to_divide_by_there_is_no_figure() -> None:
    assert figures.at_cut(np.zeros(2), np.zeros(2), 0.5) == {"precision": None, "recall": None, "f1": None}
    assert figures.average_precision(np.ones(2), np.ones(2)) is None
    assert figures.calibration_error(np.ones(0), np.ones(0)) is None


def test_average_precision_is_that_of_the_library() -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="comparing needs the extra train")
    assert figures.average_precision(LABELS, SCORES) == pytest.approx(metrics.average_precision_score(LABELS, SCORES))


def test_average_precision_by_hand() -> None:
    assert figures.average_precision(LABELS, SCORES) == pytest.approx((1 + 1 + 3 / 5) / 3)


def test_a_judge_that_knows_its_odds_has_no_calibration_error() -> None:
    scores, labels = np.array([0.25] * 4 + [0.75] * 4), np.array([1, 0, 0, 0, 1, 1, 1, 0.0])
    assert figures.calibration_error(labels, scores) == pytest.approx(0)
    assert figures.calibration_error(1 - labels, scores) == pytest.approx(0.5)


def test_intervals_hold_the_figure_and_are_the_same_each_time() -> None:
    found = figures.intervals(scored(), 0.5)
    low, high = found["recall"] or (2, 2)
    assert low <= 0.667 <= high
    assert found == figures.intervals(scored(), 0.5)


def test_parts_are_counted_by_their_key() -> None:
    found = figures.by(scored(), 0.5, lambda p: p.language)
    assert {name: row["n"] for name, row in found.items()} == {"da": 3, "en": 3}


def test_kappa_is_agreement_beyond_chance() -> None:
    assert figures.kappa(LABELS, LABELS) == pytest.approx(1)
    assert figures.kappa(np.array([1, 1, 0, 0.0]), np.array([1, 0, 1, 0.0])) == pytest.approx(0)


def test_where_a_miss_is_dear_the_cut_is_low() -> None:
    """At 10 to 1 two false ones are better than one miss; at 1 to 1 the miss is better."""
    assert figures.cheapest(SCORES, LABELS, 10.0) == pytest.approx(0.15)
    assert figures.cheapest(SCORES, LABELS, 1.0) == pytest.approx(0.65)


def test_a_cut_between_what_is_clear_misses_nothing() -> None:
    cut = figures.cheapest(np.array([0.2, 0.8]), np.array([0.0, 1.0]), 1.0)
    assert 0.2 < cut < 0.8


def test_two_judges_weigh_what_they_are_worth() -> None:
    pytest.importorskip("sklearn", reason="fitting needs the extra train")
    chance = np.random.default_rng(7)
    labels = (chance.random(400) < 0.5).astype(float)
    good, noise = 4 * labels - 2 + chance.normal(size=400), chance.normal(size=400)
    (by_good, by_noise), _ = figures.combined([good, noise], labels)
    assert by_good > 1
    assert abs(by_noise) < by_good / 4
