"""A judge that needs no training: any model that tells whether a sentence follows from a text, and such sentences.

::

    classifier = "zero_shot"

    [zero_shot]
    model = "nli"            # a folder of the topic, an absolute folder, or a name on the hub
    hypotheses = ["This text is about a Russian soldier who asks for asylum."]
    revision = "main"        # of a name on the hub
    offline = true           # false: what is not on this machine yet is fetched from the hub
    length = 256             # tokens of a passage and a hypothesis together

    [thresholds.zero_shot]
    doubtful = 0.5
    on_topic = 0.9

A text is read passage by passage, the title beside each; its score is the best one of any passage with any hypothesis.
Its scores are not calibrated: measure them on labelled texts of your own before you set the thresholds.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from articles.errors import ClassifierError, SettingError
from articles.model import Decision, Span, Text, Verdict
from articles.ports import Topic
from classifiers._nli import GRAPHS, WEIGHTS, Nli
from classifiers._passages import TOKENS, Passage, passages, titled
from classifiers._sentences import EVIDENCE

NAME = "zero_shot"

#: Tokens of a passage and a hypothesis together, where the topic does not say it.
LENGTH = 256

_ON_HUB = re.compile(r"[\w.-]+(/[\w.-]+)?", re.ASCII)


def load(topic: Topic, threads: int = 2) -> ZeroShot:
    """A judge. ``SettingError`` where its table is missing or wrong, ``ClassifierError`` where the model is."""
    return ZeroShot(topic, _options(topic), threads)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The table ``[zero_shot]``."""

    model: str
    hypotheses: tuple[str, ...]
    revision: str | None = None
    offline: bool = True
    length: int = LENGTH


class ZeroShot:
    """A :class:`articles.ports.Classifier`. Each pair is judged alone, so a score cannot depend on the batch."""

    def __init__(self, topic: Topic, options: Options, threads: int) -> None:
        self._topic = topic.name
        self._cut = topic.thresholds(NAME)
        self._hypotheses = options.hypotheses
        self._model = Nli(_folder(topic, options), length=options.length, threads=threads)
        for hypothesis in options.hypotheses:
            if self._model.room(hypothesis) < TOKENS // 2:
                detail = f"leaves no room for a text beside {hypothesis[:60]!r}; shorten it, or raise length"
                raise SettingError(detail, subject=f"{topic.name}: [{NAME}]")
        told = "\n".join([self._model.digest, *options.hypotheses])
        self._name = f"{NAME}/{hashlib.sha256(told.encode()).hexdigest()[:8]}"

    @property
    def name(self) -> str:
        """With a hash of config, weights and hypotheses."""
        return self._name

    def classify(self, texts: Sequence[Text]) -> list[Verdict]:
        """A verdict each, in the same order."""
        return [self._verdict(text) for text in texts]

    def _verdict(self, text: Text) -> Verdict:
        read = passages(text, self._model.lengths)
        found = list(zip(self._scores(text.title, text.body, read), read, strict=True))
        score = round(max((score for score, _ in found), default=0.0), 6)
        decision = self._cut.decide(score) if found else Decision.OFF_TOPIC
        hit = decision is not Decision.OFF_TOPIC
        return Verdict(
            topic=self._topic,
            score=score,
            decision=decision,
            classifier=self._name,
            evidence=self._evidence(text.body, found) if hit else (),
        )

    def _scores(self, title: str, body: str, parts: Sequence[Passage | Span]) -> list[float]:
        """Of each part, with the hypothesis that follows most."""
        premises = [titled(title, body[part.start : part.end]) for part in parts]
        pairs = [(premise, hypothesis) for premise in premises for hypothesis in self._hypotheses]
        said = iter(self._model.entailed(pairs))
        return [max(islice(said, len(self._hypotheses))) for _ in parts]

    def _evidence(self, body: str, found: Sequence[tuple[float, Passage]]) -> tuple[Span, ...]:
        """The sentences of the best passages that say it best by themselves, in reading order."""
        best = sorted(found, key=lambda pair: (-pair[0], pair[1].start))[:EVIDENCE]  # as many as sentences are shown
        spans = {span for score, passage in best if score >= self._cut.doubtful for span in passage.sentences}
        inside = sorted(spans or best[0][1].sentences, key=lambda span: span.start)  # none: rounded up to the cut
        scores = dict(zip(inside, self._scores("", body, inside), strict=True))
        ranked = sorted(inside, key=lambda span: (-scores[span], span.start))[:EVIDENCE]
        kept = [span for place, span in enumerate(ranked) if place == 0 or scores[span] >= self._cut.doubtful]
        return tuple(sorted(kept, key=lambda span: span.start))


def _options(topic: Topic) -> Options:
    told = dict(topic.options(NAME))
    subject = f"{topic.name}: [{NAME}]"
    if not told:
        raise SettingError("is missing in topic.toml; add it with model and hypotheses", subject=subject)
    kinds = {"model": str, "hypotheses": list, "revision": str, "offline": bool, "length": int}
    for name, value in told.items():
        if name not in kinds:
            raise SettingError(f"has no option {name!r}; it takes {', '.join(kinds)}", subject=subject)
        if type(value) is not kinds[name]:
            raise SettingError(f"needs {name} as {kinds[name].__name__}, not {value!r}", subject=subject)
    if not told.get("model"):
        raise SettingError("needs a model: a folder of the topic, an absolute one, or a hub's name", subject=subject)
    told["hypotheses"] = _hypotheses(told.get("hypotheses", []), subject)
    return Options(**told)


def _hypotheses(told: list[Any], subject: str) -> tuple[str, ...]:
    if not told or not all(isinstance(one, str) and one.strip() for one in told):
        raise SettingError('needs hypotheses: sentences, like ["This text is about bees."]', subject=subject)
    return tuple(" ".join(one.split()) for one in told)


def _folder(topic: Topic, options: Options) -> Path:
    """Where the model lies, after the hub was asked for it if it has to be."""
    found = Path(options.model) if Path(options.model).is_absolute() else Path(topic.path(options.model))
    if found.is_dir():
        return found
    if Path(options.model).is_absolute() or not _ON_HUB.fullmatch(options.model):
        raise ClassifierError("is not a folder; name the one that holds the model", subject=options.model)
    from huggingface_hub import snapshot_download

    wanted = ["*.json", "*.txt", "*.model", *(f"{graph}*" for graph in GRAPHS), WEIGHTS[0]]
    try:
        local = snapshot_download(
            options.model, revision=options.revision, local_files_only=options.offline, allow_patterns=wanted
        )
    except Exception as error:  # the library raises its own kinds, httpx's and OSError alike
        why = "it is not on this machine" if options.offline else type(error).__name__
        detail = f"is no folder of the topic, and the hub gave nothing ({why}); put it there, or set offline = false"
        raise ClassifierError(detail, subject=options.model) from error
    return Path(local)
