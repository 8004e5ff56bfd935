"""Passages as the windows that are learnt from, and which of them an epoch reads."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from transformers import PreTrainedTokenizerFast

import topics
from training import reading, windows
from training.passages import Passage
from training.reading import Recipe

TOPIC = topics.load("russian_defector_asylum")
NOTHING = np.zeros(1, dtype=np.float32)
NAMES = windows.facets(TOPIC)
ON = Passage(
    id="on",
    story="on",
    part="training",
    language="en",
    register="wire",
    label=1,
    difficulty="plain",
    why="a sergeant asks",
    title="A sergeant",
    text="He walked all night. The sergeant from Pskov has asked for asylum. It was cold.",
    who=("soldier",),
    protection=("asylum",),
    reason=("The sergeant from Pskov",),
)
FAR = replace(
    ON,
    id="far",
    story="far",
    label=0,
    title="Harvest",
    text="The barley is in. Rain is due by Sunday. Prices have not moved since the spring.",
    who=(),
    protection=(),
    reason=(),
)
NEAR = replace(
    FAR, id="near", story="near", difficulty="hard", title="", text="The deserter from Kyiv has asked to stay."
)


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return PreTrainedTokenizerFast(tokenizer_file=TOPIC.path("model/tokenizer.json"))


def carried(window: windows.Window, tokenizer: Any, value: float) -> str:
    return words([one for one, told in zip(window.ids, window.carries, strict=True) if told == value], tokenizer)


def words(ids: Sequence[int], tokenizer: Any) -> str:
    return "".join(tokenizer.convert_ids_to_tokens(list(ids))).replace("▁", " ")


def test_a_reason_is_marked_with_the_title_and_without(tokenizer: Any) -> None:
    [way] = windows.windows([ON], NAMES, tokenizer, 1)
    for window, title in ((way.titled, "A sergeant."), (way.bare, "")):
        assert f"passage: {title}".rstrip() in words(window.ids, tokenizer)
        assert "asylum" in carried(window, tokenizer, 1)
        assert "cold" in carried(window, tokenizer, 0)
        assert "sergeant" not in carried(window, tokenizer, 0), "the title says nothing of what carries"
    assert way.amid is None, "there is nobody to stand amid"


def test_a_short_passage_is_read_amid_sentences_that_are_plainly_about_something_else(tokenizer: Any) -> None:
    places = set()
    for seed in range(12):
        way, *_ = windows.windows([ON, FAR, NEAR], NAMES, tokenizer, seed)
        assert way.amid is not None
        said = words(way.amid.ids, tokenizer)
        assert ON.text in said
        assert NEAR.text not in said
        assert way.amid.label == 1
        assert "asylum" in carried(way.amid, tokenizer, 1)
        assert "Pskov" not in carried(way.amid, tokenizer, 0)
        places.add(said.index(ON.text))
    assert len(places) > 3


def test_what_is_off_topic_is_put_amid_others_as_well_and_keeps_its_label(tokenizer: Any) -> None:
    *_, way = windows.windows([ON, FAR, NEAR], NAMES, tokenizer, 3)
    assert way.amid is not None
    assert NEAR.text in words(way.amid.ids, tokenizer)
    assert way.amid.label == 0


def test_facets_and_reasons_are_learnt_from_what_is_on_topic_alone(tokenizer: Any) -> None:
    on, far, _ = windows.windows([ON, FAR, NEAR], NAMES, tokenizer, 1)
    told = dict(zip(NAMES, on.titled.facets, strict=True))
    assert (told["who/soldier"], told["who/official"], told["protection/asylum"]) == (1, 0, 1)
    assert all(np.isnan(value) for name, value in told.items() if name.startswith("level/"))
    assert np.isnan(far.titled.facets).all()
    assert np.isnan(far.titled.carries).all()


def test_later_epochs_read_what_was_judged_worst_and_a_few_of_the_others() -> None:
    recipe = Recipe(whole=1, worst=0.3, others=0.1)
    judged = np.linspace(0, 1, 100)
    assert reading.chosen(judged, 0, recipe, random.Random(1)) == list(range(100))
    later = reading.chosen(judged, 1, recipe, random.Random(1))
    assert len(later) == len(set(later)) == reading.count(100, 1, recipe) == 40
    assert set(range(70, 100)) < set(later)


def test_windows_of_like_length_are_read_together_and_each_once() -> None:
    chance = random.Random(1)
    of_length = {
        n: windows.Window(ids=(7,) * chance.randint(5, 120), label=0.0, facets=NOTHING, carries=NOTHING)
        for n in range(320)
    }
    batches = list(reading.batches(of_length, 16, random.Random(2)))
    assert sorted(n for batch in batches for n in batch) == list(range(320))
    spread = [
        max(len(of_length[n].ids) for n in batch) - min(len(of_length[n].ids) for n in batch) for batch in batches
    ]
    assert sorted(spread)[len(spread) // 2] < 20
