"""A second topic, with a model so small that a reader can tell what it will say: each word has its weight.

A passage's log-odds are the sum of its words' weights, less :data:`START`. A word may stand for a facet. The gate lets
a passage through that has a word of at least :data:`GATE`.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

import topics
from tests.conftest import ROOT
from topics import Topic
from training import passages, windows

NAME = "harbour_closures"
CASE = ROOT / "tests/cases/topics" / NAME

START, GATE = 4.0, 1.5

#: Word -> its weight, and the facet that it tells.
WORDS = {
    **dict.fromkeys(["[UNK]", "[PAD]", "[CLS]", "[SEP]"], (0.0, "")),
    **dict.fromkeys(["harbour", "fiskerihavnen"], (2.0, "")),
    **dict.fromkeys(["closes", "lukker"], (2.0, "outcome/closed")),
    "stays": (1.0, "outcome/kept"),
    **dict.fromkeys(["fishers", "fiskere"], (1.0, "who/fishers")),
    **dict.fromkeys(["council", "kommunen"], (1.0, "who/council")),
    **dict.fromkeys(["grant", "tilskud"], (1.0, "protection/grant")),
    "dredging": (1.0, "protection/dredging"),
    "overtager": (1.0, "protection/takeover"),
    "shop": (-5.0, ""),
}


def copied(folder: Path) -> Topic:
    """The topic in a folder of its own below that one, without a model."""
    shutil.copytree(CASE, folder / NAME)
    return topics.read(folder / NAME)


def modelled(folder: Path) -> Topic:
    """The same with its model."""
    topic = copied(folder)
    model(topic)
    return topic


def model(topic: Topic) -> None:
    """Writes ``model/`` as a training would, out of the words above."""
    home = Path(topic.path("model"))
    home.mkdir(exist_ok=True)
    names = windows.facets(topic)
    _tokenizer().save(str(home / "tokenizer.json"))
    told = {"tokenizer_class": "PreTrainedTokenizerFast", "unk_token": "[UNK]", "pad_token": "[PAD]"}
    (home / "tokenizer_config.json").write_text(json.dumps(told), encoding="utf-8")
    _save(home / "gate.onnx", *_gate(names))
    _save(home / "model.onnx", *_rest(len(names)))
    files = ("gate.onnx", "model.onnx", "tokenizer.json")
    card = {
        "recipe": {"version": 7},
        "data": {"fingerprint": passages.fingerprint(passages.read(topic.folder))},
        "facets": names,
        "gate": {"cut": GATE},
        "combined": {"encoder": 1.0, "lexicon": 0.1, "start": 0.0},
        "sha256": {name: hashlib.sha256((home / name).read_bytes()).hexdigest() for name in files},
    }
    (home / "model.json").write_text(json.dumps(card), encoding="utf-8")


def tokenizer() -> PreTrainedTokenizerFast:
    """As a training is given it."""
    return PreTrainedTokenizerFast(tokenizer_object=_tokenizer(), unk_token="[UNK]", pad_token="[PAD]")


def _tokenizer() -> Tokenizer:
    made = Tokenizer(models.WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="[UNK]"))
    made.normalizer = normalizers.Lowercase()
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    marks = [(mark, made.token_to_id(mark)) for mark in ("[CLS]", "[SEP]")]
    made.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=marks)
    return made


def _gate(names: Sequence[str]) -> tuple[Any, ...]:
    """A word's vector: its weight, and for each facet 1 where it tells it, else -1. ``early``: the greatest weight."""
    rows = [[weight, *(1.0 if facet == name else -1.0 for name in names)] for weight, facet in WORDS.values()]
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["hidden"]),
        helper.make_node("Gather", ["hidden", "first"], ["weights"], axis=2),
        helper.make_node("ReduceMax", ["weights"], ["early"], axes=[1], keepdims=0),
    ]
    given = [_value("input_ids", "bl", TensorProto.INT64), _value("attention_mask", "bl", TensorProto.INT64)]
    return nodes, given, [_value("early", "b"), _value("hidden", "blw")], {"table": rows, "first": 0}


def _rest(facets: int) -> tuple[Any, ...]:
    nodes = [
        helper.make_node("Gather", ["hidden", "first"], ["weights"], axis=2),
        helper.make_node("Mul", ["weights", "sharply"], ["carries"]),
        helper.make_node("ReduceSum", ["weights", "along"], ["sum"], keepdims=0),
        helper.make_node("Sub", ["sum", "start"], ["logit"]),
        helper.make_node("Gather", ["hidden", "others"], ["told"], axis=2),
        helper.make_node("ReduceMax", ["told"], ["facets"], axes=[1], keepdims=0),
    ]
    held = {"first": 0, "sharply": 10.0, "along": [1], "start": START, "others": list(range(1, 1 + facets))}
    given = [_value("hidden", "blw"), _value("attention_mask", "bl", TensorProto.INT64)]
    return nodes, given, [_value("logit", "b"), _value("facets", "bn"), _value("carries", "bl")], held


def _value(name: str, shape: str, kind: int = TensorProto.FLOAT) -> Any:
    return helper.make_tensor_value_info(name, kind, list(shape))


def _save(path: Path, nodes: Any, given: Any, gives: Any, held: dict[str, Any]) -> None:
    arrays = {name: np.array(value, dtype=np.int64 if _whole(value) else np.float32) for name, value in held.items()}
    constants = [numpy_helper.from_array(array, name) for name, array in arrays.items()]
    drawn = helper.make_graph(nodes, path.stem, given, gives, constants)
    made = helper.make_model(drawn, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    onnx.save(made, str(path))


def _whole(value: Any) -> bool:
    return np.asarray(value).dtype.kind == "i"
