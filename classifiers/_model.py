"""A shipped model: a folder with a graph, a tokenizer, and ``model.json`` with the checksums of both.

The graph is opened at the first passage and once per process, for its threads do not survive a fork. Passages are run
one at a time: the int8 graph scales its activations by the largest value it sees, so in a batch a passage's score would
depend on its neighbours.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime

from articles.errors import ClassifierError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

GRAPH, TOKENIZER, CARD = "model.onnx", "tokenizer.json", "model.json"

#: Tokens of a passage that are read.
LENGTH = 256


class Model:
    """Passages to logits, each by itself. ``threads``: how many passages are read at the same time."""

    def __init__(self, folder: Path, *, threads: int) -> None:
        self._folder = folder
        self._threads = threads
        self.digest, self._weights = _verified(folder)
        self._opened: tuple[int, Any] | None = None
        self._tokenizer = _tokenizer(folder)

    def lengths(self, words: Sequence[str]) -> list[int]:
        """How many tokens each of these is, without the marks around a passage."""
        return [len(found.ids) for found in self._tokenizer.encode_batch_fast(list(words), add_special_tokens=False)]

    def logits(self, prompts: Sequence[str]) -> list[float]:
        """The calibrated log-odds that each passage is on topic."""
        self._session()  # opened once, here, and not by several threads
        if len(prompts) < 2 or self._threads < 2:
            return [self.logit(prompt) for prompt in prompts]
        with ThreadPoolExecutor(self._threads) as pool:
            return list(pool.map(self.logit, prompts))

    def logit(self, prompt: str) -> float:
        """The same of one passage."""
        ids = self._tokenizer.encode(prompt).ids
        one = np.array([[*ids[: LENGTH - 1], ids[-1]] if len(ids) > LENGTH else ids], dtype=np.int64)
        try:
            [found] = self._session().run(["logit"], {"input_ids": one, "attention_mask": np.ones_like(one)})
        except Exception as error:  # onnxruntime raises its own kinds and RuntimeError alike
            raise ClassifierError(f"the graph failed ({error}); train or install the model again") from error
        return float(found[0])

    def combined(self, encoder: float, lexicon: float) -> float:
        """The probability that a text is on topic, from the log-odds that the two judges give it."""
        by_encoder, by_lexicon, start = self._weights
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, by_encoder * encoder + by_lexicon * lexicon + start))))

    def _session(self) -> Any:
        if self._opened is None or self._opened[0] != os.getpid():
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1  # two threads on one passage of 64 tokens took longer than one
            options.inter_op_num_threads = 1
            options.log_severity_level = 3
            path = str(self._folder / GRAPH)
            self._opened = (os.getpid(), onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"]))
        return self._opened[1]


def _verified(folder: Path) -> tuple[str, tuple[float, float, float]]:
    """A hash of the card, and the judges' weights; an error where a file is missing or not the one that it names."""
    try:
        raw = (folder / CARD).read_bytes()
        card = json.loads(raw)
        weights = card["combined"]
        found = (float(weights["encoder"]), float(weights["lexicon"]), float(weights["start"]))
        astray = [name for name in (GRAPH, TOKENIZER) if _sum(folder / name) != card["sha256"][name]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ClassifierError(
            f"holds no complete model ({error}); run python -m training, or name another classifier in topic.toml",
            subject=str(folder),
        ) from error
    if astray:
        raise ClassifierError(f"{astray[0]} is not what {CARD} describes; restore the folder", subject=str(folder))
    return hashlib.sha256(raw).hexdigest(), found


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
