"""The learnt classifier: a multilingual encoder reads a text passage by passage, with the title beside each.

A passage that the encoder's first layers find hopeless is read no further; most news ends there. A text's score is what
two judges say together: the encoder, and the lexicon's counts of words. ``model.json`` holds the weights of both.

The passages' log-odds are pooled to a softened maximum: one clear passage decides, a second one helps a little, and a
long text must be a little clearer than a short one, for it has more chances to look on topic by accident. The same
reading says which sentences carry the judgement, and who, which protection and whose decision it is about; see
:mod:`classifiers._grounds`. A text whose body has no word is off topic, whatever its title says, for there is nothing
to show.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from articles.model import Decision, Text, Verdict
from articles.ports import Topic
from classifiers import _grounds, lexicon
from classifiers._model import Model, Reading
from classifiers._names import Names
from classifiers._passages import Passage, passages, prompt
from classifiers.lexicon import Explanation

NAME = "transformer"
FOLDER = "model"
NAMES = "names.toml"

#: The smaller, the closer to a plain maximum; and what a text loses each time its number of passages is 2.7-folded.
_SOFTNESS = 0.5
_LENGTH_COST = 0.25
_LEAST = 0.001


def load(topic: Topic, threads: int = 2) -> Transformer:
    """The topic's model, from its folder ``model``. ``ClassifierError`` where that is missing or broken."""
    return Transformer(topic, threads)


@dataclass(frozen=True, slots=True)
class Heard:
    """The two judges on one text, in log-odds, and the passages that passed the gate with what was read in them."""

    encoder: float
    glossary: float
    passages: tuple[Passage, ...]
    readings: tuple[Reading, ...]
    said: Explanation


class Transformer:
    """A :class:`articles.ports.Classifier`. Each passage is judged alone, so a score cannot depend on the batch."""

    def __init__(self, topic: Topic, threads: int, folder: Path | None = None) -> None:
        self._topic = topic.name
        self._cut = topic.thresholds(NAME)
        self._model = Model(folder or Path(topic.path(FOLDER)), threads=threads)
        self._lexicon = lexicon.load(topic)
        self._first = first_read(topic)
        self._names = Names.read(topic.path(NAMES))
        beside = hashlib.sha256(f"{self._lexicon.name} {self._names.digest}".encode()).hexdigest()[:4]
        self._name = f"{NAME}/{self._model.card.name}.{beside}"

    @property
    def name(self) -> str:
        """With the recipe's version, the data's hash, the files' hash and the lexicon's."""
        return self._name

    def classify(self, texts: Sequence[Text]) -> list[Verdict]:
        """A verdict each, in the same order."""
        return [self.verdict(text, self.hear(text)) for text in texts]

    def hear(self, text: Text) -> Heard | None:
        """Both judges on a text; ``None`` where no passage of it passes the gate."""
        found = self._passages(text)
        said = self._model.readings(self._prompts(text, found))
        passed = [(passage, reading) for passage, reading in zip(found, said, strict=True) if reading is not None]
        if not passed:
            return None
        kept, readings = zip(*passed, strict=True)
        beside = self._lexicon.explain(text)
        encoder = pooled([one.logit for one in readings], len(found))
        return Heard(encoder, log_odds(beside.score), kept, readings, beside)

    def early(self, text: Text) -> float:
        """The gate's log-odds of the text's clearest passage; the rest of the encoder is not asked."""
        prompts = self._prompts(text, self._passages(text))
        return max((self._model.early(words) for words in prompts), default=-math.inf)

    def passes(self, text: Text) -> bool:
        """Whether a passage of the text passes the gate."""
        return self.early(text) >= self._model.card.gate

    def _passages(self, text: Text) -> list[Passage]:
        return passages(text, self._model.lengths, self._first)

    @staticmethod
    def _prompts(text: Text, found: Sequence[Passage]) -> list[str]:
        return [prompt(text.title, text.body[one.start : one.end]) for one in found]

    def probability(self, encoder: float, glossary: float) -> float:
        """That a text is on topic, from the log-odds that the two judges give it."""
        return self._model.card.combined(encoder, glossary)

    def verdict(self, text: Text, heard: Heard | None) -> Verdict:
        """What follows from what was heard."""
        if heard is None:
            return Verdict(topic=self._topic, score=0.0, decision=Decision.OFF_TOPIC, classifier=self._name)
        score = round(self.probability(heard.encoder, heard.glossary), 6)
        decision = self._cut.decide(score)
        found = Verdict(topic=self._topic, score=score, decision=decision, classifier=self._name)
        if decision is Decision.OFF_TOPIC:
            return found
        return _grounds.shown(found, text, heard.passages, heard.readings, heard.said, self._names)


def first_read(topic: Topic) -> re.Pattern[str] | None:
    """``[transformer] first``: beginnings of words; passages with one are read first where a text is too long."""
    said = topic.options(NAME).get("first", [])
    return re.compile("|".join(rf"\b{re.escape(word)}" for word in said), re.IGNORECASE) if said else None


def pooled(logits: Sequence[float], of: int) -> float:
    """The log-odds of a text of so many passages from those that were read; a single passage keeps its own."""
    top = max(logits)
    soft = _SOFTNESS * math.log(sum(math.exp((logit - top) / _SOFTNESS) for logit in logits))
    return top + soft - _LENGTH_COST * math.log(of)


def log_odds(score: float) -> float:
    """Of the lexicon's score; what it holds for impossible is no worse than one in a thousand."""
    kept = min(max(score, _LEAST), 1 - _LEAST)
    return math.log(kept / (1 - kept))
