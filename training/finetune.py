"""Fine-tuning: every weight but the word embeddings, on three tasks at once.

Whether a window is on topic (asked of the last layer, and of the gate's); who, which protection and whose decision it
is about; and which of its tokens carry that. The last two are what a reader is shown beside a hit, and they teach the
first, for a label alone says little.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from training.scorer import Scorer
from training.windows import Window

PAD = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """The numbers of a training run; a change of one is a new version of the recipe."""

    version: int = 2
    epochs: int = 4
    batch: int = 16  # windows
    rate: float = 1.2e-4  # of the encoder, at its highest; it falls to nothing
    head_rate: float = 1e-3
    warm_up: float = 0.08  # share of the steps
    decay: float = 0.01
    facets: float = 1.0  # what the facets' loss counts beside the label's
    carries: float = 0.3
    gate: float = 0.1
    untitled: float = 0.25  # share of the windows that are read without their title
    smoothing: float = 0.02  # of the labels
    seed: int = 20261124


def fit(
    scorer: Scorer, windows: Sequence[tuple[Window, Window]], recipe: Recipe, say: Callable[[str], None] = print
) -> None:
    """Train ``scorer`` in place; it is in evaluation mode afterwards. A GPU is used where there is one."""
    torch.manual_seed(recipe.seed)
    chance = random.Random(recipe.seed)  # noqa: S311  # an order, not a secret
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    scorer.to(device).train()
    optimiser = _optimiser(scorer, recipe)
    steps = recipe.epochs * -(-len(windows) // recipe.batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, steps, recipe.warm_up))
    for epoch in range(recipe.epochs):
        losses = []
        chosen = [bare if chance.random() < recipe.untitled else titled for titled, bare in windows]
        for batch in _batches(chosen, recipe.batch, chance):
            loss = _loss(scorer, batch, recipe, device)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(scorer.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            losses.append(loss.item())
        say(f"epoch {epoch + 1} of {recipe.epochs}: loss {np.mean(losses):.3f}")
    scorer.to("cpu").eval()


def _optimiser(scorer: Scorer, recipe: Recipe) -> torch.optim.Optimizer:
    heads = [p for head in scorer.heads() for p in head.parameters()]
    known = {id(p) for p in heads}
    rest = [p for p in scorer.parameters() if id(p) not in known]
    flat, full = [p for p in rest if p.ndim < 2], [p for p in rest if p.ndim >= 2]
    return torch.optim.AdamW([
        {"params": full, "lr": recipe.rate, "weight_decay": recipe.decay},
        {"params": flat, "lr": recipe.rate, "weight_decay": 0.0},
        {"params": heads, "lr": recipe.head_rate, "weight_decay": recipe.decay},
    ])


def _rate(step: int, steps: int, warm_up: float) -> float:
    """The share of the highest rate: a rise, then a straight fall to nothing."""
    rise = max(1, int(steps * warm_up))
    return min((step + 1) / rise, max(0.0, (steps - step) / max(1, steps - rise)))


def _batches(windows: Sequence[Window], size: int, chance: random.Random) -> Iterator[list[Window]]:
    """In random order, windows of like length together, so that little is padding."""
    order = list(windows)
    chance.shuffle(order)
    pool = size * 16
    batches = []
    for start in range(0, len(order), pool):
        near = sorted(order[start : start + pool], key=lambda window: len(window.ids))
        batches += [near[at : at + size] for at in range(0, len(near), size)]
    chance.shuffle(batches)
    yield from batches


def _loss(scorer: Scorer, batch: Sequence[Window], recipe: Recipe, device: torch.device) -> Tensor:
    length = max(len(window.ids) for window in batch)
    ids = torch.full((len(batch), length), PAD)
    mask = torch.zeros((len(batch), length), dtype=torch.long)
    carries = torch.full((len(batch), length), torch.nan)
    for row, window in enumerate(batch):
        ids[row, : len(window.ids)] = torch.tensor(window.ids)
        mask[row, : len(window.ids)] = 1
        carries[row, : len(window.ids)] = torch.from_numpy(window.carries)
    labels = torch.tensor([window.label for window in batch])
    facets = torch.from_numpy(np.stack([window.facets for window in batch]))
    early, logits, by_facet, by_token = scorer(ids.to(device), mask.to(device))
    smooth = (labels * (1 - 2 * recipe.smoothing) + recipe.smoothing).to(device)
    return (
        _told(logits, smooth)
        + recipe.gate * _told(early, smooth)
        + recipe.facets * _told(by_facet, facets.to(device))
        + recipe.carries * _told(by_token, carries.to(device))
    )


def _told(logits: Tensor, wanted: Tensor) -> Tensor:
    """Binary cross-entropy, averaged over what was told."""
    known = ~torch.isnan(wanted)
    loss = nn.functional.binary_cross_entropy_with_logits(logits, torch.nan_to_num(wanted), reduction="none")
    return (loss * known).sum() / known.sum().clamp(min=1)
