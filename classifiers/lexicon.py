"""The transparent classifier: a glossary, a few counts, a logistic of named weights.

Three things must come together: Russians, a role or a flight, and protection. The nearer, the higher; in one sentence
best. The best window of a text decides, so that two sentences in an hour's debate are found, and a text is not judged
by what it is otherwise about. Whether protection is asked for or refused makes no difference. The words and the weights
stand in the topic's ``glossary.toml``; :meth:`Lexicon.explain` says what a score is made of.
"""

from __future__ import annotations

import hashlib
import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from articles.errors import ClassifierError
from articles.model import Decision, Span, Text, Verdict
from articles.ports import Topic
from classifiers import _glossary, _signals
from classifiers._glossary import Glossary, Match, Word
from classifiers._sentences import EVIDENCE, sentences
from classifiers._signals import SAID, Setting, Unit

NAME = "lexicon"
VERSION = "2"

#: The signals that a second or third sentence of evidence must carry.
_CARRIES = 0.9

#: What must come together: a Russian, a role or a flight, and protection, by the kinds of words that say it.
TOGETHER = (frozenset({"people", "state"}), frozenset({"who", "flight"}), frozenset({"protection"}))

#: Found words among the facets at most.
TERMS = 12

#: The weights that a glossary must give: the start, one for each feature of a window, and one for further windows.
#: Besides one for each kind of false friends' company that it names: ``off_sport`` where it has ``off.sport``.
WEIGHTS = frozenset({
    "start",
    "russian",
    "actor",
    "protection",
    "together",
    "flight",
    "bound",
    "close",
    "other",
    "others_text",
    "again",
})


def load(topic: Topic) -> Lexicon:
    """The lexicon of a topic, from its ``glossary.toml``."""
    return Lexicon(topic, _glossary.read(topic.path("glossary.toml")))


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a score is made of: ``parts`` are the terms of the logistic's sum, by the names of the weights.

    ``grounds``: the sentences on which a facet rests, by ``kind/value``. ``kinds`` of words were found at all:
    ``people``, ``state``, ``who``, ``flight``, ``protection`` …
    """

    score: float
    parts: Mapping[str, float]
    evidence: tuple[Span, ...]
    facets: Mapping[str, tuple[str, ...]]
    grounds: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    kinds: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Judged:
    """A sentence that says something, the sum of its window's parts, and where it stands (``None``: the title)."""

    unit: Unit
    span: Span | None
    parts: Mapping[str, float]

    @property
    def sum(self) -> float:
        return sum(self.parts.values())


class Lexicon:
    """A :class:`articles.ports.Classifier`. Each text is judged alone, so a score cannot depend on the batch."""

    def __init__(self, topic: Topic, glossary: Glossary) -> None:
        astray = (WEIGHTS | {f"off_{name}" for name in glossary.company}) ^ set(glossary.weights)
        if astray:
            raise ClassifierError(
                f"needs exactly the weights that classifiers/lexicon.py names; check {', '.join(sorted(astray))}",
                subject=f"{topic.name}/glossary.toml [weights]",
            )
        self._topic = topic.name
        self._cut = topic.thresholds(NAME)
        self._glossary = glossary
        self._name = f"{NAME}/{hashlib.sha256(f'{VERSION} {glossary.digest}'.encode()).hexdigest()[:8]}"

    @property
    def name(self) -> str:
        return self._name

    def classify(self, texts: Sequence[Text]) -> list[Verdict]:
        """A verdict each, in the same order."""
        return [self._verdict(text) for text in texts]

    def _verdict(self, text: Text) -> Verdict:
        found = self.explain(text)
        decision = self._cut.decide(found.score)
        hit = decision is not Decision.OFF_TOPIC
        return Verdict(
            topic=self._topic,
            score=found.score,
            decision=decision,
            classifier=self._name,
            evidence=found.evidence if hit else (),
            facets=found.facets if hit else {},
            grounds=found.grounds if hit else {},
        )

    def explain(self, text: Text) -> Explanation:
        """The score of a text, and what it is made of."""
        title, body = _glossary.words_of(text.title), _glossary.words_of(text.body)
        languages = self._glossary.languages_of([*title, *body], _glossary.table_of(text.language))
        in_title, in_body = (self._glossary.matches(words, languages) for words in (title, body))
        kinds = frozenset(match.kind for match in (*in_title, *in_body))
        if not _has_all(kinds):
            return Explanation(0.0, {}, (), {}, kinds=kinds)
        into = self._glossary.into(languages)
        spans = sentences(text.body, text.language)
        units = [_signals.unit(-1, in_title, title, into)] if in_title else []
        units += [_signals.unit(at, some, body, into) for at, some in _by_sentence(in_body, body, spans).items()]
        return replace(self._explained(self._judged(units, spans), spans), kinds=kinds)

    def _judged(self, units: Sequence[Unit], spans: Sequence[Span]) -> list[_Judged]:
        """The title and the sentences that say something, each with the parts of its window."""
        setting = Setting.of(units)
        return [
            _Judged(unit, spans[unit.at] if unit.at >= 0 else None, self._parts(units, middle, setting))
            for middle, unit in enumerate(units)
        ]

    def _parts(self, units: Sequence[Unit], middle: int, setting: Setting) -> dict[str, float]:
        weights = self._glossary.weights
        found = _signals.features(units, middle, setting)
        return {"start": weights["start"]} | {name: weights[name] * value for name, value in found.items() if value}

    def _explained(self, judged: Sequence[_Judged], spans: Sequence[Span]) -> Explanation:
        """The best window's score, a little more where there are others, and the sentences that carry it."""
        best = max(judged, key=lambda one: one.sum)
        again = min(3, sum(one.sum > 0 for one in judged if one is not best)) / 3
        parts = {**best.parts, "again": self._glossary.weights["again"] * again}
        evidence = _evidence(judged)
        shown = tuple(one.span for one in evidence if one.span is not None) or tuple(spans[:1])
        telling = [best, *evidence]
        grounds = _grounds(telling, shown)
        return Explanation(
            score=round(_logistic(sum(parts.values())), 6),
            parts=parts,
            evidence=shown,
            facets=by_kind(grounds) | _terms(telling),
            grounds=grounds,
        )


def _logistic(z: float) -> float:
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, z))))


def _has_all(kinds: frozenset[str]) -> bool:
    """Whether a text can be on topic at all; nearly all news ends here."""
    return all(kinds & some for some in TOGETHER)


def _by_sentence(matches: Iterable[Match], words: Sequence[Word], spans: Sequence[Span]) -> dict[int, list[Match]]:
    """Index of a sentence -> what was found in it, in reading order."""
    starts = [span.start for span in spans]
    found: dict[int, list[Match]] = {}
    for match in matches:
        found.setdefault(bisect_right(starts, words[match.first].start) - 1, []).append(match)
    return found


def _evidence(judged: Iterable[_Judged]) -> list[_Judged]:
    """The sentences that carry the most, in windows that count; in reading order."""
    ranked = sorted(
        ((_carries(one.unit) * (0.25 + _logistic(one.sum)), one) for one in judged if one.span is not None),
        key=lambda pair: -pair[0],
    )
    kept = [one for place, (_, one) in enumerate(ranked[:EVIDENCE]) if place == 0 or _carries(one.unit) >= _CARRIES]
    return sorted(kept, key=lambda one: one.unit.at)


def _carries(unit: Unit) -> float:
    return 0.6 * unit.russian + unit.actor + unit.protection + 0.4 * unit.bound


def by_kind(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """``kind/value``, each once, as facets: the values of each kind."""
    found: dict[str, tuple[str, ...]] = {}
    for kind, _, value in sorted(name.partition("/") for name in names):
        found[kind] = (*found.get(kind, ()), value)
    return found


def _terms(judged: Sequence[_Judged]) -> dict[str, tuple[str, ...]]:
    """The words that were found, as a facet; none where there are none."""
    said = tuple(dict.fromkeys(term for unit in _units(judged) for term in unit.said))[:TERMS]
    return {"terms": said} if said else {}


def _grounds(judged: Sequence[_Judged], shown: tuple[Span, ...]) -> dict[str, tuple[Span, ...]]:
    """Each facet to the sentences that name it; where only the title does, to the first of ``shown``."""
    spans = {one.unit.at: one.span for one in judged}
    found: dict[str, list[Span]] = {}
    for unit in _units(judged):
        for name in _named(unit):
            found.setdefault(name, []).extend(span for span in (spans[unit.at],) if span is not None)
    return {name: tuple(sorted(some, key=lambda span: span.start)) or shown[:1] for name, some in found.items()}


def _units(judged: Sequence[_Judged]) -> list[Unit]:
    return list({one.unit.at: one.unit for one in judged}.values())


def _named(unit: Unit) -> list[str]:
    """The facets that a sentence names, each once."""
    who = {f"who/{actor.match.signal.value}" for actor in unit.actors if actor.strength >= SAID}
    what = {f"protection/{match.signal.value}" for match, strength in unit.protections if strength >= SAID}
    return sorted((who | what) - {"who/any", "who/weak", "protection/weak"})
