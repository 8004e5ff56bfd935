"""The learnt classifier: a multilingual encoder reads a text passage by passage, with the title beside each.

A text's score is what two judges say together: the encoder, and the lexicon's counts of words, which keep apart what an
encoder mixes up (whose deserters? protection from whom?). ``model.json`` holds the weights of both. A text in which
neither Russia nor a role, a flight or a protection is named is not read by the encoder: it is about something else.

The passages' log-odds are pooled to a softened maximum: one clear passage decides, a second one helps a little, and a
long text must be a little clearer than a short one, for it has more chances to look on topic by accident. Evidence are
the sentences that the lexicon can point at, and where it knows no word, those of the deciding passages that the encoder
finds most on topic. A text whose body has no word is off topic, whatever its title says, for there is nothing to show.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from articles.model import Decision, Span, Text, Verdict
from articles.ports import Topic
from classifiers import lexicon
from classifiers._model import Model
from classifiers._passages import RUSSIA, Passage, passages, prompt

NAME = "transformer"
FOLDER = "model"

#: Sentences of evidence at most, and the log-odds by which a second or third may be behind the first.
EVIDENCE = 3
_BEHIND = 2.5

#: Passages whose sentences are looked at for evidence, and sentences that are looked at in all.
_DECIDING = 3
CANDIDATES = 24

#: The smaller, the closer to a plain maximum; and what a text loses each time its number of passages is 2.7-folded.
_SOFTNESS = 0.5
_LENGTH_COST = 0.25
_LEAST = 0.001

#: Kinds of words of which a text on topic has at least one, or else it names Russia.
_TELLING = frozenset({"people", "state", "who", "flight", "protection"})


def load(topic: Topic, threads: int = 2) -> Transformer:
    """The topic's model, from its folder ``model``. ``ClassifierError`` where that is missing or broken."""
    return Transformer(topic, threads)


class Transformer:
    """A :class:`articles.ports.Classifier`. Each passage is judged alone, so a score cannot depend on the batch."""

    def __init__(self, topic: Topic, threads: int) -> None:
        self._topic = topic.name
        self._cut = topic.thresholds(NAME)
        self._model = Model(Path(topic.path(FOLDER)), threads=threads)
        self._lexicon = lexicon.load(topic)
        self._name = f"{NAME}/{hashlib.sha256(f'{self._model.digest} {self._lexicon.name}'.encode()).hexdigest()[:8]}"

    @property
    def name(self) -> str:
        return self._name

    def classify(self, texts: Sequence[Text]) -> list[Verdict]:
        """A verdict each, in the same order."""
        return [self._verdict(text) for text in texts]

    def _verdict(self, text: Text) -> Verdict:
        found = passages(text, self._model.lengths)
        said = self._lexicon.explain(text)
        if not found or not worth_reading(text, said):
            return Verdict(topic=self._topic, score=0.0, decision=Decision.OFF_TOPIC, classifier=self._name)
        logits = self._model.logits([prompt(text.title, text.body[p.start : p.end]) for p in found])
        score = round(self._model.combined(pooled(logits), log_odds(said.score)), 6)
        decision = self._cut.decide(score)
        hit = decision is not Decision.OFF_TOPIC
        return Verdict(
            topic=self._topic,
            score=score,
            decision=decision,
            classifier=self._name,
            evidence=(said.evidence or self._evidence(text, found, logits)) if hit else (),
            facets=said.facets if hit else {},
        )

    def _evidence(self, text: Text, found: Sequence[Passage], logits: Sequence[float]) -> tuple[Span, ...]:
        """The sentences that read most on topic with the title beside them, in reading order."""
        spans = list(_candidates(found, logits))[:CANDIDATES]
        said = self._model.logits([prompt(text.title, text.body[span.start : span.end]) for span in spans])
        scored = sorted(zip(said, spans, strict=True), key=lambda pair: (-pair[0], pair[1].start))
        kept = [span for logit, span in scored[:EVIDENCE] if logit >= scored[0][0] - _BEHIND]
        return tuple(sorted(kept, key=lambda span: span.start))


def worth_reading(text: Text, said: lexicon.Explanation) -> bool:
    """Whether a text can be on topic at all. Of the labelled passages on topic it keeps all but one in two hundred."""
    return bool(said.kinds & _TELLING) or any(RUSSIA.search(part) for part in (text.title, text.body))


def pooled(logits: Sequence[float]) -> float:
    """The log-odds of a text from those of its passages, of which there are some; one passage keeps its own."""
    top = max(logits)
    soft = _SOFTNESS * math.log(sum(math.exp((logit - top) / _SOFTNESS) for logit in logits))
    return top + soft - _LENGTH_COST * math.log(len(logits))


def log_odds(score: float) -> float:
    """Of the lexicon's score; what it holds for impossible is no worse than one in a thousand."""
    kept = min(max(score, _LEAST), 1 - _LEAST)
    return math.log(kept / (1 - kept))


def _candidates(found: Sequence[Passage], logits: Sequence[float]) -> Iterator[Span]:
    """The sentences of the passages that decided, the best passage first; none twice."""
    seen: set[Span] = set()
    for _, passage in sorted(zip(logits, found, strict=True), key=lambda pair: (-pair[0], pair[1].start))[:_DECIDING]:
        fresh = [span for span in passage.sentences if span not in seen]
        seen.update(fresh)
        yield from fresh
