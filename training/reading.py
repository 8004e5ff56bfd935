"""The recipe of a training run, and which windows each of its epochs reads, in which way and beside which others.

The later epochs leave out most of the windows that are judged well already: what is still to be learnt from lies in the
near misses and the indirect tellings, and the time of two cores is short.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.windows import Ways, Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """The numbers of a training run; a change of one is a new version of the recipe."""

    version: int = 3
    epochs: int = 8
    whole: int = 3  # epochs that read every window; the others read what was judged worst, and some of the rest
    worst: float = 0.33  # shares of the windows
    others: float = 0.12
    batch: int = 16  # windows
    rate: float = 1.2e-4  # of the encoder, at its highest; it falls to nothing
    layer_rate: float = 0.93  # each layer's share of the rate of the one above it
    head_rate: float = 1e-3
    warm_up: float = 0.08  # share of the steps
    decay: float = 0.01
    facets: float = 0.7  # what the facets' loss counts beside the label's
    carries: float = 0.5
    gate: float = 0.1
    untitled: float = 0.2  # share of the windows that are read without their title
    amid: float = 0.25  # and amid others' sentences
    masked: float = 0.06  # share of the tokens that are hidden, so that no single word is learnt by heart
    smoothing: float = 0.03  # of the labels
    average: float = 0.1  # share of the steps over which the model is averaged, later ones counting more
    seed: int = 20261124


def count(windows: int, epoch: int, recipe: Recipe) -> int:
    """How many of the windows an epoch reads."""
    return windows if epoch < recipe.whole else int(windows * recipe.worst) + int(windows * recipe.others)


def chosen(judged: npt.NDArray[np.float64], epoch: int, recipe: Recipe, chance: random.Random) -> list[int]:
    """The numbers of the windows that an epoch reads. ``judged``: each window's loss when it was read last."""
    if epoch < recipe.whole:
        return list(range(len(judged)))
    order = [int(number) for number in np.argsort(-judged, kind="stable")]
    worst = int(len(order) * recipe.worst)
    return order[:worst] + chance.sample(order[worst:], int(len(order) * recipe.others))


def way(window: Ways, recipe: Recipe, chance: random.Random) -> Window:
    """One of the ways in which a window may be read."""
    drawn = chance.random()
    if window.amid is not None and drawn < recipe.amid:
        return window.amid
    return window.bare if drawn > 1 - recipe.untitled else window.titled


def batches(windows: Mapping[int, Window], size: int, chance: random.Random) -> Iterator[list[int]]:
    """Their numbers in random order, windows of like length together, so that little is padding."""
    order = list(windows)
    chance.shuffle(order)
    pool = size * 16
    batches = []
    for start in range(0, len(order), pool):
        near = sorted(order[start : start + pool], key=lambda number: len(windows[number].ids))
        batches += [near[at : at + size] for at in range(0, len(near), size)]
    chance.shuffle(batches)
    yield from batches
