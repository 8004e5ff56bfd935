"""The arithmetic of cuts and combinations."""

from __future__ import annotations

import numpy as np
import pytest

from training import figures

SCORES = np.array([0.1, 0.2, 0.3, 0.6, 0.7, 0.9])
LABELS = np.array([0.0, 1.0, 0.0, 0.0, 1.0, 1.0])


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
