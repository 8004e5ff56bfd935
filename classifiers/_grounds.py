"""What a reader is shown beside a hit: the sentences that carry it, and the facets, each with the sentence it rests on.

Both come from the same reading as the score. A sentence is weighed within its passage, so that "he may stay" counts
where the sentence before says who he is. The lexicon adds the facets whose words it found, and the words themselves;
parties, committees and members are found by their names, in and around the evidence.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from articles.model import Span, Text, Verdict
from classifiers import lexicon
from classifiers._model import Reading
from classifiers._names import Names
from classifiers._passages import Passage, prompt
from classifiers._sentences import EVIDENCE

#: How far, in log-odds, a second or third sentence of evidence may be behind the first.
_BEHIND = 3.2

#: How far a passage may be behind the clearest one and still be looked at.
_DECIDING = 2.5

#: The log-odds from which a facet is told.
_TOLD = 0.0


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A sentence, what it carries in its passage, and that passage's number."""

    span: Span
    carried: float
    passage: int


def shown(
    verdict: Verdict,
    text: Text,
    passages: Sequence[Passage],
    readings: Sequence[Reading],
    said: lexicon.Explanation,
    names: Names,
) -> Verdict:
    """The verdict with evidence, facets and their grounds."""
    deciding = _deciding(readings)
    weighed = [one for number in deciding for one in _weighed(text, passages[number], readings[number], number)]
    facets = _facets(readings, deciding)
    grounds: dict[str, tuple[Span, ...]] = {name: (_best(weighed, number).span,) for name, number in facets.items()}
    evidence = _evidence(weighed)
    for more in (said.grounds, names.found(text, evidence)):
        grounds |= {name: spans for name, spans in more.items() if name not in grounds}
    terms = {name: values for name, values in said.facets.items() if name == "terms"}
    return replace(verdict, evidence=evidence, facets=lexicon.by_kind(grounds) | terms, grounds=grounds)


def _deciding(readings: Sequence[Reading]) -> list[int]:
    """The numbers of the passages that decide, the clearest first."""
    order = sorted(range(len(readings)), key=lambda number: (-readings[number].logit, number))
    return [number for number in order if readings[number].logit >= readings[order[0]].logit - _DECIDING]


def _weighed(text: Text, passage: Passage, reading: Reading, number: int) -> Iterator[_Weighed]:
    words = text.body[passage.start : passage.end]
    shift = len(prompt(text.title, words)) - len(words) - passage.start
    for span in passage.sentences:
        yield _Weighed(span, reading.carried(span.start + shift, span.end + shift), number)


def _evidence(weighed: Sequence[_Weighed]) -> tuple[Span, ...]:
    """The sentences that carry most, in reading order."""
    most: dict[Span, float] = {}
    for one in weighed:
        most[one.span] = max(one.carried, most.get(one.span, -math.inf))
    ranked = sorted(most.items(), key=lambda pair: (-pair[1], pair[0].start))
    kept = [span for span, carried in ranked[:EVIDENCE] if carried >= ranked[0][1] - _BEHIND]
    return tuple(sorted(kept, key=lambda span: span.start))


def _best(weighed: Sequence[_Weighed], passage: int) -> _Weighed:
    return max((one for one in weighed if one.passage == passage), key=lambda one: one.carried)


def _facets(readings: Sequence[Reading], deciding: Sequence[int]) -> Mapping[str, int]:
    """The facets that are told, or the likeliest of a kind where none is, with the passage that says them clearest."""
    clearest = {
        name: max(deciding, key=lambda number: readings[number].facets[name]) for name in readings[deciding[0]].facets
    }
    kinds: dict[str, list[str]] = {}
    for name in clearest:
        kinds.setdefault(name.partition("/")[0], []).append(name)
    found: dict[str, int] = {}
    for names in kinds.values():
        by_weight = sorted(names, key=lambda name: -readings[clearest[name]].facets[name])
        told = [name for name in by_weight if readings[clearest[name]].facets[name] >= _TOLD]
        found |= {name: clearest[name] for name in told or by_weight[:1]}
    return found
