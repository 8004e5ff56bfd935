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

from training.head import Floats
from training.scorer import Scorer

GRAPH, TOKENIZER, CARD = "model.onnx", "tokenizer.json", "model.json"
OPSET = 17


def export(scorer: Scorer, tokenizer: Any, folder: Path) -> None:
    """Write graph and tokenizer into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as found:
        whole = Path(found) / "whole.onnx"
        graph(scorer, whole)
        quantised(whole, folder / GRAPH)
    tokenizer.save_pretrained(folder)
    path = folder / TOKENIZER
    plain = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(plain, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def graph(scorer: Scorer, path: Path) -> None:
    """The scorer as an ONNX graph in fp32: ``input_ids``, ``attention_mask`` to calibrated ``logit``, ``pooled``."""
    ids = torch.arange(4, 20)[None]
    torch.onnx.export(
        scorer,
        (ids, torch.ones_like(ids)),
        str(path),
        dynamo=False,
        opset_version=OPSET,
        input_names=["input_ids", "attention_mask"],
        output_names=["logit", "pooled"],
        dynamic_axes={
            "input_ids": {0: "batch", 1: "length"},
            "attention_mask": {0: "batch", 1: "length"},
            "logit": {0: "batch"},
            "pooled": {0: "batch"},
        },
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


def features(folder: Path, encoded: Sequence[Sequence[int]]) -> Floats:
    """The int8 graph's vectors, a row for each passage, one at a time as in production.

    The head is fitted to these and not to the vectors in fp32, so that it knows the rounding that it will meet.
    """
    import onnxruntime

    session = onnxruntime.InferenceSession(str(folder / GRAPH), providers=["CPUExecutionProvider"])
    rows = []
    for ids in encoded:
        one = np.array([list(ids)], dtype=np.int64)
        rows.append(session.run(["pooled"], {"input_ids": one, "attention_mask": np.ones_like(one)})[0][0])
    return np.stack(rows).astype(np.float64)


def compared(scorer: Scorer, encoded: Sequence[Sequence[int]], rows: Floats) -> dict[str, float]:
    """How far the vectors in ``rows`` are from those in fp32."""
    cosines = []
    for ids, row in zip(encoded, rows, strict=True):
        one = torch.tensor([list(ids)])
        with torch.no_grad():
            pooled = scorer.pooled(one, torch.ones_like(one))[0].numpy()
        cosines.append(float(row @ pooled / np.linalg.norm(row) / np.linalg.norm(pooled)))
    return {
        "passages": len(encoded),
        "cosine_mean": round(float(np.mean(cosines)), 4),
        "cosine_least": round(float(np.min(cosines)), 4),
    }


def write_card(folder: Path, card: Mapping[str, Any]) -> None:
    """``model.json``: what was measured and made, with the checksums that loading verifies."""
    sums = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in (GRAPH, TOKENIZER)}
    words = json.dumps({**card, "sha256": sums}, ensure_ascii=False, indent=2, sort_keys=True)
    (folder / CARD).write_text(words + "\n", encoding="utf-8")
