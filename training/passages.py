"""The labelled passages of a topic: JSON lines, one file per language, all of them written for this project.

``story``: passages that share one are told of the same happening, or are contrast pairs in which one changed fact flips
the label; they always fall into the same part when the data are split. ``label``, ``who`` and ``protection`` follow the
labelling rules of the topic; ``difficulty`` is ``plain`` or ``hard``; ``why`` says what the passage is an example of.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifiers._passages import prompt

FOLDER = "passages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One line of a file."""

    id: str
    story: str
    language: str  # ISO 639-1
    register: str
    label: int  # 1: covers protection for Russians who defect
    why: str
    who: tuple[str, ...]
    protection: tuple[str, ...]
    difficulty: str
    text: str
    title: str = ""

    @property
    def prompt(self) -> str:
        return prompt(self.title, self.text)

    @property
    def core(self) -> bool:
        """False where dissidents are the only ones it is about, and for what is off topic."""
        return bool(set(self.who) - {"dissident"})


def read(topic: Path) -> list[Passage]:
    """All passages of the topic in that folder, by file and line."""
    files = sorted((topic / FOLDER).glob("*.jsonl"))
    return [_passage(json.loads(line)) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def _passage(line: dict[str, Any]) -> Passage:
    return Passage(**{**line, "who": tuple(line["who"]), "protection": tuple(line["protection"])})


def fingerprint(found: Sequence[Passage]) -> str:
    """16 hexadecimal digits that change with any word or label."""
    lines = sorted(f"{p.id}\x1f{p.story}\x1f{p.label}\x1f{p.title}\x1f{p.text}" for p in found)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def folds(found: Sequence[Passage], parts: int, seed: int) -> list[list[int]]:
    """``parts`` lists of positions, split by story, with like shares of each label."""
    from sklearn.model_selection import StratifiedGroupKFold

    split = StratifiedGroupKFold(parts, shuffle=True, random_state=seed)
    labels, stories = [p.label for p in found], [p.story for p in found]
    return [sorted(int(n) for n in test) for _, test in split.split(labels, labels, stories)]
