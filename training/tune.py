"""Training the upper layers and the head, from hidden states of the lower layers that are computed once.

The word embeddings and the lower layers stay as they are: a few hundred passages cannot teach them anything, and two
cores would be busy for hours.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from training.scorer import Scorer

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """The numbers of a training run; a change of one is a new version of the recipe."""

    version: int = 1
    frozen: int = 8  # layers that are not trained
    epochs: int = 6
    batch: int = 16
    encoder_rate: float = 1e-4
    head_rate: float = 1e-3
    decay: float = 0.01
    dropout: float = 0.1
    miss_cost: float = 2.0  # the loss of a missed passage, in losses of a false one
    seed: int = 20261119


@dataclass(frozen=True, slots=True)
class Cached:
    """A passage as the trained layers see it: the hidden states below them, without padding."""

    hidden: Tensor  # (length, hidden)
    label: float = 0.0


def trained(scorer: Scorer, examples: Sequence[Cached], recipe: Recipe) -> Scorer:
    """A copy of ``scorer`` whose upper layers and head have learnt from ``examples``."""
    torch.manual_seed(recipe.seed)
    model: Scorer = copy.deepcopy(scorer)
    _set_dropout(model, recipe.dropout)
    model.train()
    optimiser, steps = _optimiser(model, recipe), recipe.epochs * -(-len(examples) // recipe.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser,
        [g["lr"] for g in optimiser.param_groups],
        total_steps=steps,
        pct_start=0.15,
        anneal_strategy="linear",
    )
    weight = torch.tensor(recipe.miss_cost)
    order = torch.Generator().manual_seed(recipe.seed)
    for _ in range(recipe.epochs):
        for batch in _batches(examples, recipe.batch, order):
            loss = nn.functional.binary_cross_entropy_with_logits(
                _logits(model, batch, recipe), torch.tensor([e.label for e in batch]), pos_weight=weight
            )
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
    model.eval()
    return model


def _batches(examples: Sequence[Cached], size: int, order: torch.Generator) -> list[list[Cached]]:
    """Random batches of like lengths: little is padded."""
    shuffled = [examples[n] for n in torch.randperm(len(examples), generator=order).tolist()]
    pools = [sorted(shuffled[n : n + 4 * size], key=lambda e: len(e.hidden)) for n in range(0, len(shuffled), 4 * size)]
    return [pool[n : n + size] for pool in pools for n in range(0, len(pool), size)]


def logits(model: Scorer, examples: Sequence[Cached], recipe: Recipe) -> Floats:
    """The raw logits of ``examples``."""
    with torch.no_grad():
        return np.array([float(_logits(model, [example], recipe)[0]) for example in examples])


def cached(scorer: Scorer, encoded: Sequence[Sequence[int]], labels: Sequence[int], recipe: Recipe) -> list[Cached]:
    """The hidden states below the trained layers; ``encoded`` are ids."""
    found = []
    with torch.no_grad():
        for ids, label in zip(encoded, labels, strict=True):
            one = torch.tensor([list(ids)])
            found.append(Cached(scorer.lower(one, torch.ones_like(one), recipe.frozen)[0], float(label)))
    return found


def _logits(model: Scorer, batch: Sequence[Cached], recipe: Recipe) -> Tensor:
    hidden = nn.utils.rnn.pad_sequence([e.hidden for e in batch], batch_first=True)
    lengths = torch.tensor([len(e.hidden) for e in batch])
    mask = (torch.arange(hidden.shape[1])[None] < lengths[:, None]).long()
    pooled = model.mean(model.upper(hidden, mask, recipe.frozen), mask)
    found: Tensor = model.head(nn.functional.dropout(pooled, recipe.dropout, model.training)).squeeze(-1)
    return found


def _optimiser(model: Scorer, recipe: Recipe) -> torch.optim.Optimizer:
    for parameter in model.bert.parameters():
        parameter.requires_grad_(False)
    upper = [p for layer in model.bert.encoder.layer[recipe.frozen :] for p in layer.parameters()]
    for parameter in upper:
        parameter.requires_grad_(True)
    groups = [
        {"params": upper, "lr": recipe.encoder_rate},
        {"params": list(model.head.parameters()), "lr": recipe.head_rate},
    ]
    return torch.optim.AdamW(groups, weight_decay=recipe.decay)


def _set_dropout(model: nn.Module, rate: float) -> None:
    for part in model.modules():
        if isinstance(part, nn.Dropout):
            part.p = rate
