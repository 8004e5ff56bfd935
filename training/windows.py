"""Labelled passages as what the encoder learns from: windows of tokens, cut as a text is cut when it is judged.

Each window has the label of its passage. A passage on topic that takes several windows is on topic in those that hold a
sentence it points at; its other windows are left out, for nobody has said what they are.

A short passage is also read amid sentences of another one that is plainly off topic: in an hour's debate, two sentences
stand between others that have nothing to do with them. That is done to both labels, so that it tells nothing of either.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from articles.ports import Topic
from classifiers import _passages
from classifiers._sentences import sentences
from training.passages import Passage

Floats = npt.NDArray[np.float32]

#: Tokens of others' sentences below which a passage is not put amid them: it fills the window by itself.
_AMID = 32


@dataclass(frozen=True, slots=True)
class Window:
    """Token ids, and what is wanted of them; NaN where nothing was told."""

    ids: tuple[int, ...]
    label: float
    facets: Floats  # one for each facet
    carries: Floats  # (len(ids),): 1 in a sentence that carries the judgement, on topic only


def facets(topic: Topic) -> tuple[str, ...]:
    """``kind/value`` of each facet of the topic, in the order of the model's logits."""
    return tuple(f"{kind}/{value}" for kind, values in topic.options("facets").items() for value in values)


@dataclass(frozen=True, slots=True)
class Ways:
    """One window as it may be read: with its title; without, as many texts come; amid others' sentences, if it fits."""

    titled: Window
    bare: Window
    amid: Window | None


def windows(found: Sequence[Passage], names: Sequence[str], tokenizer: Any, seed: int) -> list[Ways]:
    """The windows of all passages. ``seed``: of the chance that says amid which sentences each is put."""
    chance = random.Random(seed)  # noqa: S311  # a choice of sentences, not a secret
    far: dict[str, list[Passage]] = {}
    for one in found:
        if not one.label and one.difficulty == "plain":
            far.setdefault(one.language, []).append(one)
    return [way for one in found for way in _ways(one, far, names, tokenizer, chance)]


def _ways(
    one: Passage, far: Mapping[str, list[Passage]], names: Sequence[str], tokenizer: Any, chance: random.Random
) -> Iterator[Ways]:
    titled, bare = (list(_windows(one, title, names, tokenizer)) for title in (one.title, ""))
    for with_title, without in zip(titled, bare, strict=True):
        amid = _amid(one, far, names, tokenizer, chance) if len(titled) == 1 else None
        yield Ways(with_title, without, amid)


def _windows(one: Passage, title: str, names: Sequence[str], tokenizer: Any) -> Iterator[Window]:
    cut = _passages.passages(one.read_as, lambda words: _lengths(words, tokenizer))
    reasons = one.reasons
    for part in cut:
        inside = [span for span in reasons if span.start < part.end and part.start < span.end]
        if one.label and reasons and not inside and len(cut) > 1:
            continue
        yield _window(one, title, one.text[part.start : part.end], part.start, names, tokenizer)


def _amid(
    one: Passage, far: Mapping[str, list[Passage]], names: Sequence[str], tokenizer: Any, chance: random.Random
) -> Window | None:
    """The passage between sentences of one that is off topic, under that one's title or none."""
    others = [other for other in far.get(one.language, []) if other.story != one.story]
    room = _passages.TOKENS - _lengths([one.text], tokenizer)[0]
    if room < _AMID or not others:
        return None
    other = chance.choice(others)
    title = other.title if chance.random() < 0.5 else ""
    words = [other.text[span.start : span.end] for span in sentences(other.text, other.language)]
    words = words[chance.randrange(len(words)) :] if chance.random() < 0.5 else words
    room -= _lengths([title], tokenizer)[0]
    kept: list[str] = []
    for sentence, length in zip(words, _lengths(words, tokenizer), strict=True):
        room -= length
        if room < 0:
            break
        kept.append(sentence)
    at = chance.randint(0, len(kept))
    before = "".join(f"{sentence} " for sentence in kept[:at])
    return _window(one, title, " ".join([*kept[:at], one.text, *kept[at:]]), -len(before), names, tokenizer)


def _window(one: Passage, title: str, words: str, start: int, names: Sequence[str], tokenizer: Any) -> Window:
    """``words``: what is read; ``start``: where they begin in the passage, below 0 where others' words come first."""
    prompt = _passages.prompt(title, words)
    coded = tokenizer(prompt, truncation=True, max_length=_passages.LENGTH, return_offsets_mapping=True)
    shift = start - (len(prompt) - len(words))
    return Window(
        ids=tuple(coded["input_ids"]),
        label=float(one.label),
        facets=_facets(one, names),
        carries=_carries(one, coded["offset_mapping"], shift, len(prompt) - len(words)),
    )


def _lengths(words: Sequence[str], tokenizer: Any) -> list[int]:
    """Tokens of each, without the marks around a window."""
    return [len(ids) for ids in tokenizer(list(words), add_special_tokens=False)["input_ids"]] if words else []


def _carries(one: Passage, offsets: Sequence[tuple[int, int]], shift: int, title: int) -> Floats:
    """1 within a reason, 0 outside, NaN in the title, at the marks, off topic, and where the reason was not told."""
    found = np.full(len(offsets), np.nan, dtype=np.float32)
    if one.label and one.reason:
        reasons = one.reasons
        for number, (start, end) in enumerate(offsets):
            if end > start >= title:
                middle = (start + end) // 2 + shift
                found[number] = any(span.start <= middle < span.end for span in reasons)
    return found


def _facets(one: Passage, names: Sequence[str]) -> Floats:
    """1 and 0 per facet; NaN off topic, where no facet is ever shown, and for a kind that was not told."""
    return np.array(
        [
            float(value in one.told(kind)) if one.label and one.told(kind) else np.nan
            for kind, value in (name.split("/") for name in names)
        ],
        dtype=np.float32,
    )
