"""Whether a sentence follows from a text, as a model says that was trained on such pairs (natural language inference).

A folder as transformers saves it: ``config.json`` with a label that begins with "entail", a tokenizer, and either an
ONNX graph, which onnxruntime runs, or weights, for which torch has to be installed. Each pair is run by itself, so that
what is said of it cannot depend on its neighbours.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from articles.errors import ClassifierError

GRAPHS = ("model.onnx", "onnx/model.onnx")
WEIGHTS = ("*.safetensors", "*.bin")

#: What a tokenizer gives to a model; a graph that wants anything else is not one of these.
_INPUTS = frozenset({"input_ids", "attention_mask", "token_type_ids"})

#: Token ids and masks to the logits of the labels.
_Run = Callable[[Mapping[str, Any]], Any]


class Nli:
    """The model in a folder, opened at the first pair and once per process. ``threads``: pairs run at the same time."""

    def __init__(self, folder: Path, *, length: int, threads: int) -> None:
        self._folder = folder
        self._threads = threads
        self._graph = next((folder / name for name in GRAPHS if (folder / name).is_file()), None)
        config, self._entailment, self._contradiction = _labels(folder)
        files = self._files()
        self._tokenizer = _tokenizer(folder)
        self._length = min(length, int(self._tokenizer.model_max_length))
        self._opened: tuple[int, _Run] | None = None
        self.digest = _digest(config, files, self._length)

    def lengths(self, words: Sequence[str]) -> list[int]:
        """How many tokens each of these is, without the marks around a pair."""
        if not words:
            return []
        coded = self._tokenizer(list(words), add_special_tokens=False, truncation=False, verbose=False)
        return [len(ids) for ids in coded["input_ids"]]

    def room(self, hypothesis: str) -> int:
        """How many tokens of a text are read beside this sentence."""
        return self._length - len(self._tokenizer("", hypothesis, truncation=False, verbose=False)["input_ids"])

    def entailed(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """The probability that the second follows from the first: against its contradiction, else all labels."""
        try:
            run = self._run()  # opened once, here, and not by several threads
            coded = [self._coded(premise, hypothesis) for premise, hypothesis in pairs]
            with ThreadPoolExecutor(self._threads) as pool:
                return [self._probability(np.asarray(logits)) for logits in pool.map(run, coded)]
        except Exception as error:  # onnxruntime and torch raise their own kinds and RuntimeError alike
            detail = f"failed ({_short(error)}); export or install the model again"
            raise ClassifierError(detail, subject=str(self._folder)) from error

    def _coded(self, premise: str, hypothesis: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._tokenizer(
            premise, hypothesis, truncation="only_first", max_length=self._length, return_tensors="np"
        )
        return found

    def _probability(self, logits: npt.NDArray[np.float32]) -> float:
        found = logits.astype(np.float64).reshape(-1)
        others = [n for n in range(len(found)) if n != self._entailment]
        against = others if self._contradiction is None else [self._contradiction]
        return float(1 / (1 + np.exp(np.minimum(found[against] - found[self._entailment], 500)).sum()))

    def _files(self) -> list[Path]:
        """Everything that holds weights; an error where there is nothing that can be run here."""
        if self._graph is not None:
            return sorted(self._graph.parent.glob(f"{self._graph.name}*"))  # large graphs keep weights beside them
        found = next((files for kind in WEIGHTS if (files := sorted(self._folder.glob(kind)))), [])
        if not found:
            raise ClassifierError(
                f"holds neither {' nor '.join(GRAPHS)} nor weights; put a model there", subject=str(self._folder)
            )
        if importlib.util.find_spec("torch") is None:
            raise ClassifierError(
                f"holds no ONNX graph, and its weights need torch; install torch, or export {GRAPHS[0]} into it",
                subject=str(self._folder),
            )
        return found

    def _run(self) -> _Run:
        if self._opened is None or self._opened[0] != os.getpid():
            opened = _graph(self._graph) if self._graph else _weights(self._folder)
            self._opened = (os.getpid(), opened)
        return self._opened[1]


def _labels(folder: Path) -> tuple[bytes, int, int | None]:
    """The config as it stands, and the numbers of entailment and, where it has a label, contradiction."""
    try:
        raw = (folder / "config.json").read_bytes()
        told = json.loads(raw)
        pairs = told.get("label2id") or {label: number for number, label in told.get("id2label", {}).items()}
        numbers = {str(label).lower(): int(number) for label, number in pairs.items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        detail = f"holds no model ({_short(error)}); put one there as transformers saves it"
        raise ClassifierError(detail, subject=str(folder)) from error
    entailment = next((number for label, number in numbers.items() if label.startswith("entail")), None)
    if entailment is None or len(numbers) < 2:
        said = ", ".join(numbers) or "none"
        detail = f"is a model without an entailment label (its labels: {said}); take one trained on NLI"
        raise ClassifierError(detail, subject=str(folder))
    return raw, entailment, next((n for label, n in numbers.items() if label.startswith("contra")), None)


def _tokenizer(folder: Path) -> Any:
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")  # it would tell each time that there is no torch
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
    except Exception as error:  # the library raises many kinds, some of them plain Exception
        detail = f"holds no tokenizer that can be read ({_short(error)}); restore it"
        raise ClassifierError(detail, subject=str(folder)) from error


def _graph(path: Path) -> _Run:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # threads of its own would be waited for in a forked child that has none
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(str(path), options, ["CPUExecutionProvider"])
    wanted = {given.name for given in session.get_inputs()}
    if not wanted <= _INPUTS:
        raise ValueError(f"the graph wants {', '.join(sorted(wanted - _INPUTS))}")
    outputs = [made.name for made in session.get_outputs()]
    logits = "logits" if "logits" in outputs else outputs[0]

    def run(coded: Mapping[str, Any]) -> npt.NDArray[np.float32]:
        ids = np.asarray(coded["input_ids"], dtype=np.int64)
        given = {"attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids), **coded, "input_ids": ids}
        asked = {name: np.asarray(given[name], dtype=np.int64) for name in wanted}
        found: npt.NDArray[np.float32] = session.run([logits], asked)[0]
        return found

    return run


def _weights(folder: Path) -> _Run:
    import torch
    from transformers import AutoModelForSequenceClassification
    from transformers.utils import logging

    logging.disable_progress_bar()
    torch.set_num_threads(1)
    model = AutoModelForSequenceClassification.from_pretrained(str(folder), local_files_only=True).eval()

    def run(coded: Mapping[str, Any]) -> Any:
        with torch.inference_mode():
            return model(**{name: torch.from_numpy(given) for name, given in coded.items()}).logits.float().numpy()

    return run


def _digest(config: bytes, files: Sequence[Path], length: int) -> str:
    found = hashlib.sha256(config + str(length).encode())
    for path in files:
        with path.open("rb") as file:
            found.update(hashlib.file_digest(file, "sha256").digest())
    return found.hexdigest()


def _short(error: Exception) -> str:
    """An error's first line: the libraries' own go on for pages."""
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
