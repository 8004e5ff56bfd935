"""From a trained scorer to the folder that is shipped: an ONNX graph in int8, the tokenizer, and what is known of it.

Only the products of the encoder are put into int8: per column, and in seven of the eight bits, because processors
without VNNI overflow with all eight and would then give other scores than those with it.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from classifiers import _passages
from classifiers._model import CARD, GATE, GRAPH, GRAPHS, TOKENIZER, Model
from training import smooth
from training.scorer import Scorer

OPSET = 17


def export(scorer: Scorer, tokenizer: Any, folder: Path, prompts: Sequence[str]) -> None:
    """Write both graphs and the tokenizer into ``folder``. ``prompts``: some of what was learnt from."""
    folder.mkdir(parents=True, exist_ok=True)
    read = (
        torch.tensor([tokenizer(prompt, truncation=True, max_length=_passages.LENGTH)["input_ids"]])
        for prompt in prompts
    )
    with tempfile.TemporaryDirectory() as found:
        graphs(smooth.even(scorer, read), Path(found))
        for name in GRAPHS:
            quantised(Path(found) / name, folder / name)
    tokenizer.save_pretrained(folder)
    path = folder / TOKENIZER
    plain = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(plain, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def graphs(scorer: Scorer, folder: Path) -> None:
    """The scorer as ONNX graphs in fp32: ``gate.onnx`` from ids to vectors, ``model.onnx`` from these to the rest."""
    ids = torch.arange(4, 20)[None]
    mask = torch.ones_like(ids)
    hidden = torch.zeros((1, ids.shape[1], scorer.rest.head.in_features // 2))
    _graph(scorer.gate, (ids, mask), folder / GATE, ["input_ids", "attention_mask"], ["early", "hidden"])
    _graph(scorer.rest, (hidden, mask), folder / GRAPH, ["hidden", "attention_mask"], ["logit", "facets", "carries"])


def _graph(part: Any, example: Any, path: Path, asked: list[str], told: list[str]) -> None:
    one, both = {0: "batch"}, {0: "batch", 1: "length"}
    torch.onnx.export(
        part,
        example,
        str(path),
        dynamo=False,
        opset_version=OPSET,
        input_names=asked,
        output_names=told,
        dynamic_axes={name: one if name in {"early", "logit", "facets"} else both for name in (*asked, *told)},
    )


def quantised(whole: Path, path: Path) -> None:
    """The same graph with the encoder's matrices in int8."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        whole,
        path,
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
        op_types_to_quantize=["MatMul"],
    )


def compared(scorer: Scorer, model: Model, prompts: Sequence[str]) -> dict[str, float]:
    """How far the int8 graphs' log-odds are from those in fp32."""
    away = []
    for prompt in prompts:
        ids, _ = model.coded(prompt)
        one = torch.tensor([ids])
        with torch.no_grad():
            whole = scorer(one, torch.ones_like(one))[1]
        away.append(abs(model.reading(prompt).logit - float(whole[0])))
    return {
        "passages": len(away),
        "away_mean": round(float(np.mean(away)), 3),
        "away_most": round(float(np.max(away)), 3),
    }


def write_card(folder: Path, card: Mapping[str, Any]) -> None:
    """``model.json``: what was measured and made, with the checksums that loading verifies."""
    sums = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in (*GRAPHS, TOKENIZER)}
    words = json.dumps({**card, "sha256": sums}, ensure_ascii=False, indent=2, sort_keys=True)
    (folder / CARD).write_text(words + "\n", encoding="utf-8")
