"""A shipped model: a folder with two graphs, a tokenizer, and ``model.json`` with the checksums of all.

The first graph is the gate: the encoder's first layers, which tell what is hopeless. Only what passes is read by the
second, which goes on from the first one's vectors. They are opened at the first passage and once per process, for their
threads do not survive a fork. Passages are run one at a time: an int8 graph scales its activations by the largest value
it sees, so in a batch a passage's score would depend on its neighbours.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from articles.errors import ClassifierError
from classifiers._passages import LENGTH

if TYPE_CHECKING:
    from tokenizers import Tokenizer

GATE, GRAPH, TOKENIZER, CARD = "gate.onnx", "model.onnx", "tokenizer.json", "model.json"
GRAPHS = (GATE, GRAPH)

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the model says of one passage, in log-odds.

    ``carries``: that a token is part of a sentence which carries the judgement, with the token's ``offsets`` in the
    prompt. ``facets``: by the names in the card.
    """

    logit: float
    facets: Mapping[str, float]
    carries: Floats
    offsets: tuple[tuple[int, int], ...]

    def carried(self, start: int, end: int) -> float:
        """The mean of ``carries`` over ``prompt[start:end]``; minus infinity where no token lies there."""
        inside = [n for n, (left, right) in enumerate(self.offsets) if right > left and start <= left < end]
        return float(np.mean(self.carries[inside])) if inside else -math.inf


@dataclass(frozen=True, slots=True)
class Card:
    """What ``model.json`` says that a verdict depends on."""

    digest: str  # of the whole file, and so of graph and tokenizer
    version: int  # of the recipe
    data: str  # the fingerprint of what it learnt from
    encoder: float  # the weights of the two judges' log-odds, and the start of their sum
    lexicon: float
    start: float
    gate: float  # log-odds of the first graph below which a passage is read no further
    facets: tuple[str, ...]

    @property
    def name(self) -> str:
        """Recipe, data and files in a few letters."""
        return f"{self.version}.{self.data[:8]}.{self.digest[:8]}"

    def combined(self, encoder: float, lexicon: float) -> float:
        """The probability that a text is on topic, from the log-odds that the two judges give it."""
        together = self.encoder * encoder + self.lexicon * lexicon + self.start
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, together))))


class Model:
    """Passages to readings, each by itself. ``threads``: how many passages are read at the same time."""

    def __init__(self, folder: Path, *, threads: int) -> None:
        self._folder = folder
        self._threads = threads
        self.card = _verified(folder)
        self._opened: tuple[int, Mapping[str, Any]] | None = None

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        """Read when the first text is: who only asks for the name does not wait seconds for it."""
        return _tokenizer(self._folder)

    def lengths(self, words: Sequence[str]) -> list[int]:
        """How many tokens each of these is, without the marks around a passage."""
        return [len(found.ids) for found in self._tokenizer.encode_batch_fast(list(words), add_special_tokens=False)]

    def readings(self, prompts: Sequence[str]) -> list[Reading | None]:
        """What the model says of each; ``None`` of what does not pass the gate."""
        self._sessions()  # opened once, here, and not by several threads
        if len(prompts) < 2 or self._threads < 2:
            return [self._passed(prompt) for prompt in prompts]
        with ThreadPoolExecutor(self._threads) as pool:
            return list(pool.map(self._passed, prompts))

    def reading(self, prompt: str) -> Reading:
        """Of one passage, whatever the gate says of it."""
        ids, offsets = self.coded(prompt)
        _, hidden, mask = self._early(ids)
        return self._read(hidden, mask, offsets)

    def early(self, prompt: str) -> float:
        """The gate's log-odds of one passage."""
        return self._early(self.coded(prompt)[0])[0]

    def coded(self, prompt: str) -> tuple[list[int], list[tuple[int, int]]]:
        """Token ids, at most :data:`LENGTH`, and where each stands in the prompt."""
        coded = self._tokenizer.encode(prompt)
        ids, offsets = coded.ids, coded.offsets
        if len(ids) > LENGTH:
            ids, offsets = [*ids[: LENGTH - 1], ids[-1]], [*offsets[: LENGTH - 1], offsets[-1]]
        return ids, offsets

    def _passed(self, prompt: str) -> Reading | None:
        ids, offsets = self.coded(prompt)
        early, hidden, mask = self._early(ids)
        return self._read(hidden, mask, offsets) if early >= self.card.gate else None

    def _early(self, ids: Sequence[int]) -> tuple[float, Floats, Any]:
        one = np.array([ids], dtype=np.int64)
        mask = np.ones_like(one)
        early, hidden = self._run(GATE, ["early", "hidden"], {"input_ids": one, "attention_mask": mask})
        return float(early[0]), hidden, mask

    def _read(self, hidden: Floats, mask: Any, offsets: Sequence[tuple[int, int]]) -> Reading:
        logit, facets, carries = self._run(
            GRAPH, ["logit", "facets", "carries"], {"hidden": hidden, "attention_mask": mask}
        )
        by_name = dict(zip(self.card.facets, map(float, facets[0]), strict=True))
        return Reading(float(logit[0]), by_name, carries[0], tuple(offsets))

    def _run(self, name: str, told: list[str], asked: Mapping[str, Any]) -> Any:
        try:
            return self._sessions()[name].run(told, asked)
        except Exception as error:  # onnxruntime raises its own kinds and RuntimeError alike
            raise ClassifierError(f"{name} failed ({error}); train or install the model again") from error

    def _sessions(self) -> Mapping[str, Any]:
        if self._opened is None or self._opened[0] != os.getpid():
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1  # two passages at a time are faster than one by two threads
            options.inter_op_num_threads = 1
            options.log_severity_level = 3
            self._opened = (
                os.getpid(),
                {
                    name: onnxruntime.InferenceSession(str(self._folder / name), options, ["CPUExecutionProvider"])
                    for name in GRAPHS
                },
            )
        return self._opened[1]


def _verified(folder: Path) -> Card:
    """The card; an error where a file is missing or not the one that it names."""
    try:
        raw = (folder / CARD).read_bytes()
        told = json.loads(raw)
        weights = told["combined"]
        card = Card(
            digest=hashlib.sha256(raw).hexdigest(),
            version=int(told["recipe"]["version"]),
            data=str(told["data"]["fingerprint"]),
            encoder=float(weights["encoder"]),
            lexicon=float(weights["lexicon"]),
            start=float(weights["start"]),
            gate=float(told["gate"]["cut"]),
            facets=tuple(map(str, told["facets"])),
        )
        astray = [name for name in (*GRAPHS, TOKENIZER) if _sum(folder / name) != told["sha256"][name]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ClassifierError(
            f"holds no complete model ({error}); run python -m training, or name another classifier in topic.toml",
            subject=str(folder),
        ) from error
    if astray:
        raise ClassifierError(f"{astray[0]} is not what {CARD} describes; restore the folder", subject=str(folder))
    return card


def _sum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _tokenizer(folder: Path) -> Tokenizer:
    """The folder's own, as transformers loads it: from the disk alone, and without torch."""
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")  # it would tell each time that there is no torch
    from transformers import AutoTokenizer

    try:
        found: Tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True).backend_tokenizer
    except Exception as error:  # the library raises many kinds, some of them plain Exception
        raise ClassifierError(
            f"{TOKENIZER} cannot be read ({error}); restore the folder", subject=str(folder)
        ) from error
    found.no_truncation()
    found.no_padding()
    return found
