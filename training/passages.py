"""The labelled passages of a topic: JSON lines, one file per language, all of them written for this project.

``story``: passages that share one are told of the same happening, or are contrast pairs in which one changed fact flips
the label; they always lie in the same ``part`` of the data. ``label``, ``who``, ``protection`` and ``level`` follow the
labelling rules of the topic, and so do the lists of any other kind that stands in its ``[facets]``;
``reason`` names the sentences that carry the judgement by their first words;
``difficulty`` is ``plain`` or ``hard``; ``why`` says what the passage is an example of. ``first`` is the label of its
writer, ``second`` that of a reader who did not see the first; where they differ, ``label`` is what was settled by the
rules, and a passage on which the rules do not settle it is ``borderline``: it is kept, and used for nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from articles.model import Span, Text
from classifiers._sentences import sentences

FOLDER = "passages"

#: Passages by an author who knew the labelling rules and neither these passages nor the model: only ever measured.
INDEPENDENT = "independent.jsonl"

#: The parts of the data: what is learnt from, what calibrates and sets the cuts, and what is only ever measured.
TRAINING, CALIBRATION, EVALUATION = "training", "calibration", "evaluation"


#: The kinds of facets that have a field of their own.
_KINDS = frozenset({"who", "protection", "level"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One line of a file."""

    id: str
    story: str
    part: str
    language: str  # ISO 639-1
    register: str
    label: int  # 1: covers protection for Russians who defect
    difficulty: str
    why: str
    text: str
    who: tuple[str, ...] = ()
    protection: tuple[str, ...] = ()
    level: tuple[str, ...] = ()  # whose decision or debate: "dk", "eu", "other"; empty where it was not told
    reason: tuple[str, ...] = ()  # empty where it was not told
    title: str = ""
    first: int | None = None
    second: int | None = None
    borderline: bool = False
    others: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)  # facets of further kinds

    def told(self, kind: str) -> tuple[str, ...]:
        """The values of a facet; empty where it was not told."""
        found: tuple[str, ...] = getattr(self, kind) if kind in _KINDS else self.others.get(kind, ())
        return found

    @property
    def core(self) -> bool:
        """False where dissidents are the only ones it is about, and for what is off topic."""
        return bool(set(self.who) - {"dissident"})

    @property
    def read_as(self) -> Text:
        """As a classifier is given it."""
        return Text(title=self.title, body=self.text, language=self.language, extractor="passages")

    @property
    def reasons(self) -> tuple[Span, ...]:
        """The sentences that carry the judgement."""
        starts = [self.text.index(words) for words in self.reason]
        return tuple(
            span for span in sentences(self.text, self.language) if any(span.start <= at < span.end for at in starts)
        )


def read(topic: Path) -> list[Passage]:
    """All passages of the topic in that folder that can be used, by file and line."""
    return [found for found in read_all(topic) if not found.borderline]


def read_all(topic: Path) -> list[Passage]:
    """The same with those on which no agreement was found."""
    return [
        passage(json.loads(line))
        for file in sorted((topic / FOLDER).glob("*.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
    ]


def independent(topic: Path) -> list[Passage]:
    """The topic's :data:`INDEPENDENT` passages; none where it has no such file."""
    path = topic / INDEPENDENT
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [passage(json.loads(line)) for line in lines]


def passage(line: dict[str, Any]) -> Passage:
    """A passage from its line; lists become tuples."""
    told: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in line.items()}
    own = {field.name for field in fields(Passage)}
    others = {name: told.pop(name) for name, value in line.items() if name not in own and isinstance(value, list)}
    return Passage(**told, others=others)


def of(found: Sequence[Passage], part: str) -> list[Passage]:
    """Those of one part."""
    return [one for one in found if one.part == part]


def fingerprint(found: Sequence[Passage]) -> str:
    """16 hexadecimal digits that change with any word, label or part."""
    lines = sorted(f"{p.id}\x1f{p.story}\x1f{p.part}\x1f{p.label}\x1f{p.title}\x1f{p.text}" for p in found)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
