"""The shipped model: texts and tokens a second, the time of one text, memory; int8 beside fp32, and beside torch.

``python -m bench.classify [--texts 200]``: the evaluation part's passages, and the same joined to the length of a wire
item. One at a time and 32 together, by one process of two threads; a score is the same either way, so 32 together
only share the start. The graphs are then run bare, int8 and fp32 in turn on the same passages, and torch as well where
the extra ``train`` is installed. Ratios within one run are what to compare: the machine's own speed is not.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import psutil
from rich.console import Console
from rich.table import Table

import topics
from articles.model import Text
from bench._fp32 import widened
from classifiers import transformer
from classifiers._model import GATE, GRAPH, GRAPHS, Model
from classifiers._passages import prompt
from training import passages

#: Words of an ordinary item of a newswire.
ITEM = 150

#: Items of a full day of all sources.
DAY = 400


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.classify", description=__doc__)
    parser.add_argument("--texts", type=int, default=200)
    options = parser.parse_args()
    topic = topics.load("russian_defector_asylum")
    found = passages.of(passages.read(topic.folder), passages.EVALUATION)[: options.texts]
    before = psutil.Process().memory_info().rss
    judge = transformer.load(topic)
    texts, items = [p.read_as for p in found], wire_items(found)
    judge.classify(texts[:2])
    table = Table("what", "texts/s", "tokens/s", "p50 ms", "p99 ms", title="The classifier, two threads")
    model = Model(Path(topic.path(transformer.FOLDER)), threads=2)
    for name, some in (("a passage", texts), (f"an item of {ITEM} words", items)):
        for size in (1, 32):
            table.add_row(f"{name}, {size} together", *_speed(judge.classify, some, size, model))
    console = Console()
    console.print(table)
    spent = _seconds(partial(judge.classify, items)) * DAY / len(items)
    console.print(f"a day of {DAY} items: {spent:.1f} s, all of them near the topic and so read to the end")
    resident = psutil.Process().memory_info().rss
    console.print(
        f"resident: {resident / 1e6:.0f} MB, of which the model and its libraries {(resident - before) / 1e6:.0f}"
    )
    console.print(_graphs(Path(topic.path(transformer.FOLDER)), model, found))


def wire_items(found: Sequence[passages.Passage]) -> list[Text]:
    """Passages of one language joined until they are as long as an item."""
    items: list[Text] = []
    held: list[passages.Passage] = []
    for one in sorted(found, key=lambda p: p.language):
        held = [p for p in held if p.language == one.language] + [one]
        body = "\n\n".join(p.text for p in held)
        if len(body.split()) >= ITEM:
            items.append(Text(title=held[0].title, body=body, language=one.language, extractor="bench"))
            held = []
    return items


def _speed(classify: Callable[[Sequence[Text]], Any], texts: Sequence[Text], size: int, model: Model) -> list[str]:
    times = []
    for start in range(0, len(texts), size):
        group = texts[start : start + size]
        spent = _seconds(partial(classify, group))
        times += [spent / len(group)] * len(group)
    tokens = sum(model.lengths([text.body for text in texts]))
    whole = sum(times)
    p50, p99 = np.quantile(times, (0.5, 0.99))
    return [f"{len(texts) / whole:.1f}", f"{tokens / whole:.0f}", f"{1000 * p50:.0f}", f"{1000 * p99:.0f}"]


def _graphs(folder: Path, model: Model, found: Sequence[passages.Passage]) -> Table:
    """int8, fp32 and torch, one thread each, on the same passages, in turn so that a noisy minute hits all alike."""
    coded = [model.coded(prompt(p.title, p.text))[0] for p in found[:60]]
    with tempfile.TemporaryDirectory() as wide:
        for name in GRAPHS:
            widened(folder / name, Path(wide) / name)
        runs = {"int8": _runner(folder), "fp32": _runner(Path(wide))}
        if torch_run := _torch(len(model.card.facets)):
            runs["torch fp32"] = torch_run
        spent = dict.fromkeys(runs, 0.0)
        for ids in coded:
            for name, run in runs.items():
                spent[name] += _seconds(partial(run, ids))
    table = Table("engine", "ms a passage", "beside int8", title="The graphs alone, one thread")
    for name, whole in spent.items():
        table.add_row(name, f"{1000 * whole / len(coded):.1f}", f"{whole / spent['int8']:.2f}")
    return table


def _runner(folder: Path) -> Callable[[Sequence[int]], Any]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3  # the widened graphs keep what they no longer use
    gate, rest = (onnxruntime.InferenceSession(str(folder / name), options) for name in (GATE, GRAPH))

    def run(ids: Sequence[int]) -> Any:
        one = np.array([ids], dtype=np.int64)
        mask = np.ones_like(one)
        [hidden] = gate.run(["hidden"], {"input_ids": one, "attention_mask": mask})
        return rest.run(["logit"], {"hidden": hidden, "attention_mask": mask})

    return run


def _torch(facets: int) -> Callable[[Sequence[int]], Any] | None:
    """The same encoder by torch, whose weights make no difference to its speed; ``None`` without the extra."""
    try:
        import torch

        from training import encoder, prune
        from training.scorer import Scorer

        base = encoder.read()
    except (ImportError, SystemExit):
        return None
    torch.set_num_threads(1)
    scorer = Scorer(base, base.words.rows(prune.kept(base)), facets).eval()

    def run(ids: Sequence[int]) -> Any:
        one = torch.tensor([list(ids)])
        with torch.no_grad():
            return scorer(one, torch.ones_like(one))

    return run


def _seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
