"""What the out-of-fold logits are worth: calibration, cuts, and honest figures by language and difficulty."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from training.passages import Passage

Floats = npt.NDArray[np.float64]

#: What a missed passage costs, in false ones.
MISS_COST = 10.0


def platt(logits: Floats, labels: Floats) -> tuple[float, float]:
    """Temperature and shift that make the logits of held-out passages probabilities."""
    [temperature], shift = combined([logits], labels)
    return temperature, shift


def combined(logits: Sequence[Floats], labels: Floats) -> tuple[list[float], float]:
    """The weights of several judges' log-odds and a start, which make their sum a probability's log-odds."""
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=1e3, max_iter=1000).fit(np.stack(logits, axis=1), labels)
    return [float(weight) for weight in fitted.coef_[0]], float(fitted.intercept_[0])


def probability(logits: Floats) -> Floats:
    found: Floats = 1 / (1 + np.exp(-logits))
    return found


def cheapest(scores: Floats, labels: Floats, miss_cost: float) -> float:
    """The cut at which misses and false ones cost least together, halfway between two neighbouring scores."""
    steps = np.unique(np.concatenate([[0.0], scores, [1.0]]))
    cuts = (steps[:-1] + steps[1:]) / 2
    costs = [miss_cost * labels[scores < cut].sum() + (1 - labels)[scores >= cut].sum() for cut in cuts]
    best = np.flatnonzero(np.isclose(costs, min(costs)))
    return float(cuts[best[len(best) // 2]])


def figures(found: Sequence[Passage], scores: Floats, doubtful: float, on_topic: float) -> dict[str, Any]:
    """Out-of-fold figures of all passages, and of each part of them, with ``n``."""
    return {
        "all": _part(found, scores, doubtful, on_topic, lambda _: "all")["all"],
        "by_language": _part(found, scores, doubtful, on_topic, lambda p: p.language),
        "by_difficulty": _part(found, scores, doubtful, on_topic, lambda p: p.difficulty),
        "by_core": _part(
            [p for p in found if p.label],
            scores[[bool(p.label) for p in found]],
            doubtful,
            on_topic,
            lambda p: "core" if p.core else "dissidents only",
        ),
    }


def _part(
    found: Sequence[Passage], scores: Floats, doubtful: float, on_topic: float, key: Callable[[Passage], str]
) -> dict[str, Any]:
    keys = np.array([key(p) for p in found])
    labels = np.array([p.label for p in found])
    return {name: _figures(labels[keys == name], scores[keys == name], doubtful, on_topic) for name in sorted({*keys})}


def _figures(labels: npt.NDArray[np.int64], scores: Floats, doubtful: float, on_topic: float) -> dict[str, Any]:
    """Recall and precision at both cuts; ``None`` where there is nothing to divide by."""
    found: dict[str, Any] = {"n": len(labels), "positive": int(labels.sum())}
    for name, cut in (("doubtful", doubtful), ("on_topic", on_topic)):
        hits = scores >= cut
        right = int(labels[hits].sum())
        found[f"recall_{name}"] = _share(right, int(labels.sum()))
        found[f"precision_{name}"] = _share(right, int(hits.sum()))
    if 0 < labels.sum() < len(labels):
        found["average_precision"] = precision_of_order(labels, scores)
        found["brier"] = round(float(np.mean((scores - labels) ** 2)), 3)
    return found


def precision_of_order(labels: npt.NDArray[Any], scores: Floats) -> float:
    """Average precision, to three places."""
    from sklearn.metrics import average_precision_score

    return round(float(average_precision_score(labels, scores)), 3)


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None
