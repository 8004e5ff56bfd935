"""The labelled passages: well formed, each said once, enough of each kind, and divided without a story in two parts."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

import topics
from articles.identity import fingerprint
from replay.day import items
from training import figures, passages

TOPIC = topics.load("russian_defector_asylum")
WHO, PROTECTION, LEVEL = (TOPIC.options("facets")[kind] for kind in ("who", "protection", "level"))
EVERY = passages.read_all(TOPIC.folder)
PASSAGES = passages.read(TOPIC.folder)
LANGUAGES = {"da", "en", "sv", "nb", "de", "fr", "nl", "fi", "pl", "et", "lv", "lt", "es", "it", "ru", "uk", "cs"}
REGISTERS = {
    *("wire", "news", "feature", "opinion", "press release", "parliamentary question", "plenary", "committee"),
    *("motion", "court", "report", "ticker", "roundup", "satire"),
}


def faults(one: passages.Passage) -> Iterator[str]:
    told = {
        "a part": one.part in {passages.TRAINING, passages.CALIBRATION, passages.EVALUATION},
        "a register": one.register in REGISTERS,
        "labels of 0 and 1": {one.label, one.first, one.second} <= {0, 1, None},
        "a difficulty": one.difficulty in {"plain", "hard"},
        "why": bool(one.why),
        "who and protection where it is on topic": bool(one.who) == bool(one.protection) == bool(one.label),
        "the topic's words": set(one.who) <= set(WHO)
        and set(one.protection) <= set(PROTECTION)
        and set(one.level) <= set(LEVEL),
        "reasons in its text": all(words in one.text for words in one.reason) and bool(one.label) >= bool(one.reason),
        "a clean text": one.text == one.text.strip() and not re.search(r"https?://|\n{3}| {2}", one.text),
    }
    return (f"{one.id} lacks {name}" for name, right in told.items() if not right)


def test_a_passage_is_labelled_in_the_topics_words() -> None:
    assert [fault for one in PASSAGES for fault in faults(one)] == []


def test_the_independent_texts_are_labelled_twice_and_are_in_no_other_part() -> None:
    every = passages.independent(TOPIC.folder)
    ids, wordings = ({p.id for p in EVERY}, {fingerprint(f"{p.title} {p.text}") for p in EVERY})
    assert len({p.id for p in every}) == len(every) >= 150
    assert len({p.language for p in every}) >= 12
    assert all(p.first == p.second == p.label and p.part == passages.EVALUATION for p in every)
    assert not any(p.id in ids or fingerprint(f"{p.title} {p.text}") in wordings for p in every)


def test_a_topic_without_independent_texts_has_none(tmp_path: Path) -> None:
    assert passages.independent(tmp_path) == []


def test_ids_are_unique_and_no_wording_stands_twice() -> None:
    assert len({p.id for p in EVERY}) == len(EVERY)
    assert max(Counter(fingerprint(f"{p.title} {p.text}") for p in EVERY).values()) == 1


def test_there_is_enough_of_each_kind() -> None:
    by_label = Counter(p.label for p in PASSAGES)
    by_language = Counter(p.language for p in PASSAGES)
    assert len(PASSAGES) >= 1_500
    assert by_label[0] > by_label[1] > 0.3 * len(PASSAGES)
    assert set(by_language) >= LANGUAGES
    assert {name for name, _ in by_language.most_common(2)} == {"da", "en"}
    assert min(by_language[name] for name in LANGUAGES) >= 60
    assert sum(p.difficulty == "hard" for p in PASSAGES) >= len(PASSAGES) / 3
    assert {w for p in PASSAGES for w in p.who} == set(WHO)
    assert {w for p in PASSAGES for w in p.protection} == set(PROTECTION)


def test_contrast_pairs_share_a_story() -> None:
    labels = defaultdict(set)
    for p in PASSAGES:
        labels[p.story].add(p.label)
    assert sum(found == {0, 1} for found in labels.values()) >= 300


def test_a_story_is_never_in_two_parts() -> None:
    parts = defaultdict(set)
    for p in PASSAGES:
        parts[p.story].add(p.part)
    assert [story for story, found in parts.items() if len(found) > 1] == []
    shares = Counter(p.part for p in PASSAGES)
    assert min(shares[passages.CALIBRATION], shares[passages.EVALUATION]) >= len(PASSAGES) / 12
    assert all(0.3 < sum(p.label for p in passages.of(PASSAGES, part)) / count < 0.6 for part, count in shares.items())


def test_every_passage_was_read_twice_and_the_readers_agreed() -> None:
    first = [p.first for p in EVERY]
    second = [p.second for p in EVERY]
    assert None not in {*first, *second}
    assert figures.kappa(figures.array(first), figures.array(second)) > 0.85
    assert all(p.label in {p.first, p.second} for p in EVERY)


def test_nothing_of_the_recorded_day_is_in_it() -> None:
    """The day is what the model is measured on: no eight words in a row of it may have been learnt."""
    day = {run for item in items() for run in _runs(" ".join([item.title, *item.paragraphs]))}
    assert [p.id for p in PASSAGES if _runs(f"{p.title} {p.text}") & day] == []


def _runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[n : n + 8]) for n in range(len(words) - 7)}


def test_the_reasons_are_whole_sentences_of_the_text() -> None:
    one = next(p for p in PASSAGES if len(p.reason) > 1)
    sliced = [one.text[span.start : span.end] for span in one.reasons]
    assert all(any(words in sentence for sentence in sliced) for words in one.reason)


@pytest.mark.parametrize("change", [{"label": 1}, {"part": "evaluation"}, {"text": "Noget andet."}])
def test_what_counts_changes_the_fingerprint(change: dict[str, object]) -> None:
    one = next(p for p in PASSAGES if p.label == 0 and p.part == passages.TRAINING)
    changed = [dataclasses.replace(p, **change) if p is one else p for p in PASSAGES]
    assert passages.fingerprint(PASSAGES) != passages.fingerprint(changed)
    assert passages.fingerprint(PASSAGES) == passages.fingerprint(PASSAGES[::-1])
