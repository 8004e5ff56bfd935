"""What scores are worth: precision, recall, F1, average precision and calibration error, each with an interval.

Intervals are of 90 in 100, from draws of whole stories with replacement, for the passages of a story fail together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from training.passages import Passage

Floats = npt.NDArray[np.float64]

#: What a missed text costs, in false hits.
MISS_COST = 10.0

DRAWS, SEED = 400, 7
_BINS = 10


@dataclass(frozen=True, slots=True)
class Scored:
    """Passages, and one judge's probability for each."""

    passages: tuple[Passage, ...]
    scores: Floats

    @property
    def labels(self) -> Floats:
        return np.array([p.label for p in self.passages], dtype=np.float64)

    def where(self, wanted: Callable[[Passage], bool]) -> Scored:
        return self.at([n for n, p in enumerate(self.passages) if wanted(p)])

    def at(self, kept: Sequence[int]) -> Scored:
        return Scored(tuple(self.passages[n] for n in kept), self.scores[list(kept)])


def figures(found: Scored, cut: float) -> dict[str, Any]:
    """The figures at that cut; ``None`` where there is nothing to divide by."""
    return {
        "n": len(found.passages),
        "positive": int(found.labels.sum()),
        **at_cut(found.labels, found.scores, cut),
        "average_precision": _rounded(average_precision(found.labels, found.scores)),
        "calibration_error": _rounded(calibration_error(found.labels, found.scores)),
    }


def at_cut(labels: Floats, scores: Floats, cut: float) -> dict[str, float | None]:
    """Precision, recall and F1."""
    hits = scores >= cut
    right = float(labels[hits].sum())
    return {
        "precision": _share(right, float(hits.sum())),
        "recall": _share(right, float(labels.sum())),
        "f1": _share(2 * right, float(hits.sum() + labels.sum())),
    }


def average_precision(labels: Floats, scores: Floats) -> float | None:
    """The mean, over what is on topic, of the precision among all that score as high or higher."""
    if not 0 < labels.sum() < len(labels):
        return None
    precisions = [labels[scores >= score].mean() for score in scores[labels == 1]]
    return float(np.mean(precisions))


def calibration_error(labels: Floats, scores: Floats) -> float | None:
    """How far probabilities are from shares, averaged over ten bins of equal width, weighed by what lies in them."""
    if not len(labels):
        return None
    bins = np.minimum((scores * _BINS).astype(int), _BINS - 1)
    away = [abs(labels[bins == n].sum() - scores[bins == n].sum()) for n in range(_BINS)]
    return float(sum(away) / len(labels))


def intervals(found: Scored, cut: float) -> dict[str, tuple[float, float] | None]:
    """Of 90 in 100, for the figures of :func:`figures`."""
    chance = np.random.default_rng(SEED)
    stories: dict[str, list[int]] = {}
    for number, one in enumerate(found.passages):
        stories.setdefault(one.story, []).append(number)
    groups = [np.array(numbers) for numbers in stories.values()]
    labels = found.labels
    drawn: dict[str, list[float]] = {}
    for _ in range(DRAWS):
        kept = np.concatenate([groups[n] for n in chance.integers(len(groups), size=len(groups))])
        said = at_cut(labels[kept], found.scores[kept], cut)
        said["average_precision"] = average_precision(labels[kept], found.scores[kept])
        said["calibration_error"] = calibration_error(labels[kept], found.scores[kept])
        for name, value in said.items():
            if value is not None:
                drawn.setdefault(name, []).append(value)
    return {
        name: (_rounded(np.quantile(all_, 0.05)), _rounded(np.quantile(all_, 0.95))) for name, all_ in drawn.items()
    }


def by(found: Scored, cut: float, key: Callable[[Passage], str]) -> dict[str, Any]:
    """Figures and intervals of each part."""
    keys = [key(p) for p in found.passages]
    parts = {name: found.at([n for n, one in enumerate(keys) if one == name]) for name in sorted({*keys})}
    return {name: {**figures(part, cut), "intervals": intervals(part, cut)} for name, part in parts.items()}


def cheapest(scores: Floats, labels: Floats, miss_cost: float) -> float:
    """The cut at which misses and false hits cost least together, halfway between two neighbouring scores."""
    steps = np.unique(np.concatenate([[0.0], scores, [1.0]]))
    cuts = (steps[:-1] + steps[1:]) / 2
    costs = [miss_cost * labels[scores < cut].sum() + (1 - labels)[scores >= cut].sum() for cut in cuts]
    best = np.flatnonzero(np.isclose(costs, min(costs)))
    return float(cuts[best[len(best) // 2]])


def kappa(first: Floats, second: Floats) -> float:
    """Cohen's kappa: the agreement of two readers beyond what chance would give them."""
    agreed = float((first == second).mean())
    chance = float(first.mean() * second.mean() + (1 - first.mean()) * (1 - second.mean()))
    return (agreed - chance) / (1 - chance) if chance < 1 else 1.0


def array(values: Sequence[int | float | None]) -> Floats:
    return np.array(values, dtype=np.float64)


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, 3) if whole else None


def _rounded(value: Any) -> Any:
    return None if value is None else round(float(value), 3)


def combined(logits: Sequence[Floats], labels: Floats) -> tuple[list[float], float]:
    """The weights of several judges' log-odds and a start, which make their sum a probability's log-odds."""
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=1e3, max_iter=1000).fit(np.stack(logits, axis=1), labels)
    return [float(weight) for weight in fitted.coef_[0]], float(fitted.intercept_[0])
