"""``python -m training.evaluate``: what the shipped model is worth on the part that nothing was fitted to.

Prints and writes ``evaluation.json`` and ``MODEL.md`` into the topic's folder. The scores are those of the classifier
as the pipeline runs it. Beside it stand three yardsticks on the same texts; the untrained encoder needs the extra
``train`` and is left as it was measured last where that is not installed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import topics
from articles.model import Decision, Span, Verdict
from articles.ports import Thresholds, Topic
from classifiers import lexicon, transformer
from training import card, figures, passages, yardsticks
from training.figures import Floats, Scored
from training.passages import CALIBRATION, EVALUATION, Passage

#: Characters from which a text is a long one: several windows, most of them about something else.
LONG = 1_500


def main(words: Sequence[str]) -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__)
    parser.add_argument("--topic", default="russian_defector_asylum")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args(words)
    topic = topics.load(options.topic)
    path = Path(topic.path(card.MEASURED))
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    found = evaluation(topic, options.threads, before)
    path.write_text(json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    page = card.page(topic)
    Path(topic.path(card.PAGE)).write_text(page, encoding="utf-8")
    print(page)


def evaluation(topic: Topic, threads: int, before: dict[str, Any]) -> dict[str, Any]:
    """All figures. ``before``: those of last time, for what cannot be measured here."""
    every = passages.read(Path(topic.path(".")))
    held, calibration = passages.of(every, EVALUATION), passages.of(every, CALIBRATION)
    judge = transformer.load(topic, threads)
    heard = [judge.hear(p.read_as) for p in held]
    verdicts = [judge.verdict(p.read_as, one) for p, one in zip(held, heard, strict=True)]
    alone = [judge.probability(one.encoder, 0.0) if one else 0.0 for one in heard]  # where the glossary says nothing
    scored = Scored(tuple(held), np.array([v.score for v in verdicts]))
    cut = topic.thresholds(transformer.NAME)
    return {
        "model": judge.name,
        "data": passages.fingerprint(every),
        "passages": len(held),
        "stories": len({p.story for p in held}),
        "agreement": agreement(passages.read_all(Path(topic.path(".")))),
        "gate": gate(judge, every),
        "cuts": {"doubtful": cut.doubtful, "on_topic": cut.on_topic, "cheapest": cheapest(judge, calibration)},
        "all": _whole(scored, cut.on_topic),
        "not_off_topic": _whole(scored, cut.doubtful),
        "by_language": figures.by(scored, cut.on_topic, lambda p: p.language),
        "by_register": figures.by(scored, cut.on_topic, lambda p: p.register),
        "by_difficulty": figures.by(scored, cut.on_topic, lambda p: p.difficulty),
        "core": _whole(scored.where(lambda p: p.core or not p.label), cut.on_topic),
        "encoder_alone": _whole(Scored(tuple(held), np.array(alone)), cut.on_topic),
        "evidence": evidence(held, verdicts),
        "facets": facets(topic.options("facets"), held, verdicts),
        "yardsticks": _yardsticks(topic, held, calibration, before.get("yardsticks", {})),
        "errors": errors(held, verdicts, cut.on_topic),
        "independent": independent(judge, passages.independent(Path(topic.path("."))), cut),
    }


def independent(judge: transformer.Transformer, found: Sequence[Passage], cut: Thresholds) -> dict[str, Any]:
    """The same on the texts of an author who knew neither the passages nor the model; empty where there are none."""
    if not found:
        return {}
    verdicts = judge.classify([p.read_as for p in found])
    scored = Scored(tuple(found), np.array([v.score for v in verdicts]))
    return {
        "agreement": agreement(found),
        "all": _whole(scored, cut.on_topic),
        "not_off_topic": _whole(scored, cut.doubtful),
        "long": figures.figures(scored.where(lambda p: len(p.text) > LONG), cut.on_topic),
        "by_difficulty": figures.by(scored, cut.on_topic, lambda p: p.difficulty),
        "by_language": figures.by(scored, cut.on_topic, lambda p: p.language),
        "errors": errors(found, verdicts, cut.on_topic),
    }


def cheapest(judge: transformer.Transformer, calibration: Sequence[Passage]) -> float:
    """The cut that would have cost least on the calibration part; the topic's own follows from the cost alone."""
    scores = np.array([v.score for v in judge.classify([p.read_as for p in calibration])])
    return round(figures.cheapest(scores, figures.array([p.label for p in calibration]), figures.MISS_COST), 3)


def _whole(found: Scored, cut: float) -> dict[str, Any]:
    return {**figures.figures(found, cut), "intervals": figures.intervals(found, cut)}


def agreement(every: Sequence[Passage]) -> dict[str, Any]:
    """Of the first and the second reader, on all passages that were read twice."""
    twice = [p for p in every if p.second is not None]
    if not twice:
        return {"passages": 0}
    first, second = (figures.array([getattr(p, name) for p in twice]) for name in ("first", "second"))
    return {
        "passages": len(twice),
        "same": round(float((first == second).mean()), 3),
        "kappa": round(figures.kappa(first, second), 3),
        "borderline": sum(p.borderline for p in every),
    }


def gate(judge: transformer.Transformer, every: Sequence[Passage]) -> dict[str, Any]:
    """What of the passages on topic passes the gate, and of the others."""
    passed = np.array([judge.passes(p.read_as) for p in every])
    labels = np.array([p.label for p in every]) == 1
    held = np.array([p.part == EVALUATION for p in every])
    return {
        "on_topic": int(labels.sum()),
        "recall": round(float(passed[labels].mean()), 4),
        "recall_held_out": round(float(passed[labels & held].mean()), 4),
        "others_read": round(float(passed[~labels].mean()), 3),
    }


def evidence(held: Sequence[Passage], verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """In how many of the hits that are right the evidence holds a sentence that the passage names as its reason."""
    hits = [(p, v) for p, v in zip(held, verdicts, strict=True) if p.label and p.reason and _hit(v)]
    shown = [any(_same(span, reason) for span in v.evidence for reason in p.reasons) for p, v in hits]
    return {"hits": len(hits), "with_reason": round(float(np.mean(shown)), 3) if hits else None}


def _same(span: Span, reason: Span) -> bool:
    return span.start < reason.end and reason.start < span.end


def facets(kinds: Iterable[str], held: Sequence[Passage], verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Precision and recall of the facets' values, over the hits that are right."""
    hits = [(p, v) for p, v in zip(held, verdicts, strict=True) if p.label and _hit(v)]
    found = {}
    for kind in kinds:
        told = [(set(p.told(kind)), set(v.facets.get(kind, ()))) for p, v in hits if p.told(kind)]
        right = sum(len(wanted & said) for wanted, said in told)
        found[kind] = {
            "hits": len(told),
            "precision": round(right / max(1, sum(len(said) for _, said in told)), 3),
            "recall": round(right / max(1, sum(len(wanted) for wanted, _ in told)), 3),
        }
    return found


def _hit(verdict: Verdict) -> bool:
    return verdict.decision is not Decision.OFF_TOPIC


def _yardsticks(
    topic: Topic, held: Sequence[Passage], calibration: Sequence[Passage], before: dict[str, Any]
) -> dict[str, Any]:
    """Each with the cut that a careful user would give it: the topic's own, or the best on the calibration part."""
    words = Scored(tuple(held), yardsticks.glossary_scorer(topic, held))
    query = Scored(tuple(held), yardsticks.boolean_query(topic, held))
    found = {
        "glossary scorer": _beside(words, topic.thresholds(lexicon.NAME).on_topic),
        "Boolean query": _beside(query, 0.5),
    }
    if yardsticks.installed():
        cut = best_cut(yardsticks.untrained_encoder(calibration), [p.label for p in calibration])
        found["untrained encoder"] = _beside(Scored(tuple(held), yardsticks.untrained_encoder(held)), cut)
        del found["untrained encoder"]["all"]["calibration_error"]  # a cosine is no probability
    elif "untrained encoder" in before:
        found["untrained encoder"] = before["untrained encoder"]
    return found


def _beside(found: Scored, cut: float) -> dict[str, Any]:
    parts = {
        "all": found,
        "da": found.where(lambda p: p.language == "da"),
        "en": found.where(lambda p: p.language == "en"),
        "hard": found.where(lambda p: p.difficulty == "hard"),
    }
    return {"cut": round(cut, 4), **{name: figures.figures(part, cut) for name, part in parts.items()}}


def best_cut(scores: Floats, labels: Sequence[int]) -> float:
    """The cut with the greatest F1."""
    wanted = figures.array(labels)
    return float(max(scores, key=lambda cut: figures.at_cut(wanted, scores, cut)["f1"] or 0.0))


def errors(held: Sequence[Passage], verdicts: Sequence[Verdict], cut: float) -> list[dict[str, Any]]:
    """What was judged wrongly, the surest errors first."""
    wrong = [(p, v) for p, v in zip(held, verdicts, strict=True) if (v.score >= cut) != bool(p.label)]
    wrong.sort(key=lambda pair: -abs(pair[1].score - cut))
    return [{"id": p.id, "label": p.label, "score": round(v.score, 3), "why": p.why} for p, v in wrong]


if __name__ == "__main__":
    main(sys.argv[1:])
