"""The labelled passages: well formed, each said once, enough of each kind, and split without a story in two parts."""

from __future__ import annotations

import re
from collections import Counter, defaultdict

import pytest

import topics
from articles.identity import fingerprint
from replay.day import items
from training import passages

PASSAGES = passages.read(topics.load("russian_defector_asylum").folder)
WHO = {"soldier", "draft_evader", "official", "dissident"}
PROTECTION = {
    *("asylum", "temporary_protection", "humanitarian_visa", "visa", "special_law", "residence", "border_policy"),
    *("safe_passage", "non_refoulement", "witness_protection", "police_protection", "exclusion"),
}
LANGUAGES = {"da", "en", "sv", "nb", "de", "fr", "nl", "fi", "pl", "et", "lv", "lt", "es", "it", "ru", "uk", "cs"}


@pytest.mark.parametrize("passage", PASSAGES, ids=lambda p: p.id)
def test_a_passage_is_labelled_in_the_topics_words(passage: passages.Passage) -> None:
    assert passage.language in LANGUAGES
    assert passage.label in {0, 1}
    assert passage.difficulty in {"plain", "hard"}
    assert passage.why
    assert set(passage.who) <= WHO
    assert set(passage.protection) <= PROTECTION
    assert bool(passage.who) == bool(passage.protection) == bool(passage.label)
    assert passage.text == passage.text.strip()
    assert not re.search(r"https?://|\n{3}| {2}", passage.text)


def test_ids_are_unique_and_no_wording_stands_twice() -> None:
    assert len({p.id for p in PASSAGES}) == len(PASSAGES)
    assert max(Counter(fingerprint(f"{p.title} {p.text}") for p in PASSAGES).values()) == 1


def test_there_is_enough_of_each_kind() -> None:
    by_label = Counter(p.label for p in PASSAGES)
    by_language = Counter(p.language for p in PASSAGES)
    assert len(PASSAGES) >= 400
    assert by_label[1] >= 150
    assert by_label[0] > by_label[1]
    assert set(by_language) == LANGUAGES
    assert min(by_language["da"], by_language["en"]) >= 100
    assert sum(p.difficulty == "hard" for p in PASSAGES) >= len(PASSAGES) / 3
    assert {w for p in PASSAGES for w in p.who} == WHO


def test_contrast_pairs_share_a_story() -> None:
    labels = defaultdict(set)
    for p in PASSAGES:
        labels[p.story].add(p.label)
    assert sum(found == {0, 1} for found in labels.values()) >= 60


def test_nothing_of_the_recorded_day_is_in_it() -> None:
    """The day is what the model is measured on: no eight words in a row of it may have been learnt."""
    day = {run for item in items() for run in _runs(" ".join([item.title, *item.paragraphs]))}
    assert [p.id for p in PASSAGES if _runs(f"{p.title} {p.text}") & day] == []


def _runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[n : n + 8]) for n in range(len(words) - 7)}


def test_a_story_is_never_in_two_parts() -> None:
    pytest.importorskip("sklearn", reason="splitting needs the extra train")
    parts = passages.folds(PASSAGES, 5, seed=7)
    assert sorted(n for part in parts for n in part) == list(range(len(PASSAGES)))
    stories = [{PASSAGES[n].story for n in part} for part in parts]
    assert sum(map(len, stories)) == len(set().union(*stories))
    assert all(0.25 < sum(PASSAGES[n].label for n in part) / len(part) < 0.55 for part in parts)


def test_a_changed_label_changes_the_fingerprint() -> None:
    import dataclasses

    flipped = [dataclasses.replace(PASSAGES[0], label=1 - PASSAGES[0].label), *PASSAGES[1:]]
    assert passages.fingerprint(PASSAGES) != passages.fingerprint(flipped)
    assert passages.fingerprint(PASSAGES) == passages.fingerprint(PASSAGES[::-1])
