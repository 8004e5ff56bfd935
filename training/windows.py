"""Labelled passages as what the encoder learns from: windows of tokens, cut as a text is cut when it is judged.

Each window has the label of its passage. A passage on topic that takes several windows is on topic in those that hold a
sentence it points at; its other windows are left out, for nobody has said what they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from articles.model import Span
from articles.ports import Topic
from classifiers import _passages
from training.passages import Passage

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Window:
    """Token ids, and what is wanted of them; NaN where nothing was told."""

    ids: tuple[int, ...]
    label: float
    facets: Floats  # one for each facet
    carries: Floats  # (len(ids),): 1 in a sentence that carries the judgement


def facets(topic: Topic) -> tuple[str, ...]:
    """``kind/value`` of each facet of the topic, in the order of the model's logits."""
    return tuple(f"{kind}/{value}" for kind, values in topic.options("facets").items() for value in values)


def windows(found: Sequence[Passage], names: Sequence[str], tokenizer: Any) -> list[tuple[Window, Window]]:
    """The windows of all passages, each as it stands and once more without its title: many texts come without one."""
    return [
        pair
        for one in found
        for pair in zip(_windows(one, one.title, names, tokenizer), _windows(one, "", names, tokenizer), strict=True)
    ]


def _windows(one: Passage, title: str, names: Sequence[str], tokenizer: Any) -> Iterator[Window]:
    def lengths(words: Sequence[str]) -> list[int]:
        return [len(ids) for ids in tokenizer(list(words), add_special_tokens=False)["input_ids"]]

    cut = _passages.passages(one.read_as, lengths)
    reasons = one.reasons
    for part in cut:
        inside = [span for span in reasons if span.start < part.end and part.start < span.end]
        if one.label and reasons and not inside and len(cut) > 1:
            continue
        words = one.text[part.start : part.end]
        prompt = _passages.prompt(title, words)
        coded = tokenizer(prompt, truncation=True, max_length=_passages.LENGTH, return_offsets_mapping=True)
        shift = part.start - (len(prompt) - len(words))
        yield Window(
            ids=tuple(coded["input_ids"]),
            label=float(one.label),
            facets=_facets(one, names),
            carries=_carries(one, coded["offset_mapping"], shift, inside),
        )


def _carries(one: Passage, offsets: Sequence[tuple[int, int]], shift: int, inside: Sequence[Span]) -> Floats:
    """1 within a reason, 0 outside, NaN in the title, at the marks, and where the reason was not told."""
    told = bool(one.reason) or not one.label
    found = np.full(len(offsets), np.nan, dtype=np.float32)
    if told:
        for number, (start, end) in enumerate(offsets):
            if end > start and start + shift >= 0:
                middle = (start + end) // 2 + shift
                found[number] = any(span.start <= middle < span.end for span in inside)
    return found


def _facets(one: Passage, names: Sequence[str]) -> Floats:
    """1 and 0 per facet, all 0 off topic; NaN for a kind that was not told."""
    return np.array(
        [
            np.nan if one.label and not one.told(kind) else float(value in one.told(kind))
            for kind, value in (name.split("/") for name in names)
        ],
        dtype=np.float32,
    )
