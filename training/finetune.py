"""Fine-tuning: every weight but the word embeddings, on three tasks at once.

Whether a window is on topic (asked of the last layer, and of the gate's); who, which protection and whose decision it
is about; and which of its tokens carry that. The last two are what a reader is shown beside a hit, and they teach the
first, for a label alone says little; they are learnt from what is on topic, for elsewhere nobody is shown them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from training import reading
from training.reading import Recipe
from training.scorer import Scorer
from training.windows import Ways, Window

#: The first pieces of the vocabulary are the marks; its last is ``<mask>``.
PAD, UNKNOWN = 1, 3


def fit(scorer: Scorer, windows: Sequence[Ways], recipe: Recipe, say: Callable[[str], None] = print) -> None:
    """Train ``scorer`` in place; it is in evaluation mode afterwards. A GPU is used where there is one."""
    torch.manual_seed(recipe.seed)
    chance = random.Random(recipe.seed)  # noqa: S311  # an order, not a secret
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    scorer.to(device).train()
    optimiser = _optimiser(scorer, recipe)
    steps = sum(-(-reading.count(len(windows), epoch, recipe) // recipe.batch) for epoch in range(recipe.epochs))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, steps, recipe.warm_up))
    averaged = AveragedModel(scorer, multi_avg_fn=get_ema_multi_avg_fn(1 - 1 / max(2.0, recipe.average * steps)))
    judged = np.full(len(windows), np.inf)  # each window's loss when it was read last
    for epoch in range(recipe.epochs):
        losses = []
        numbers = reading.chosen(judged, epoch, recipe, chance)
        ways = {number: reading.way(windows[number], recipe, chance) for number in numbers}
        for batch in reading.batches(ways, recipe.batch, chance):
            loss, each = _loss(scorer, [ways[number] for number in batch], recipe, device)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(scorer.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            averaged.update_parameters(scorer)
            losses.append(loss.item())
            judged[batch] = each
        say(
            f"epoch {epoch + 1} of {recipe.epochs}: {len(numbers)} windows, loss {np.mean(losses):.3f}, "
            f"of the label alone {judged[numbers].mean():.3f}"
        )
    scorer.load_state_dict(averaged.module.state_dict())
    scorer.to("cpu").eval()


def _optimiser(scorer: Scorer, recipe: Recipe) -> torch.optim.Optimizer:
    groups: list[dict[str, Any]] = [
        {"params": list(head.parameters()), "lr": recipe.head_rate, "weight_decay": recipe.decay}
        for head in scorer.heads()
    ]
    layers = [scorer.gate.embeddings, *scorer.gate.layers, *scorer.rest.layers]
    for below, layer in enumerate(reversed(layers)):
        rate = recipe.rate * recipe.layer_rate**below
        flat, full = ([p for p in layer.parameters() if (p.ndim < 2) == wanted] for wanted in (True, False))
        groups.append({"params": full, "lr": rate, "weight_decay": recipe.decay})
        groups.append({"params": flat, "lr": rate, "weight_decay": 0.0})
    return torch.optim.AdamW(groups)


def _rate(step: int, steps: int, warm_up: float) -> float:
    """The share of the highest rate: a rise, then a straight fall to nothing."""
    rise = max(1, int(steps * warm_up))
    return min((step + 1) / rise, max(0.0, (steps - step) / max(1, steps - rise)))


def _loss(
    scorer: Scorer, batch: Sequence[Window], recipe: Recipe, device: torch.device
) -> tuple[Tensor, npt.NDArray[np.float32]]:
    """What is made small, and each window's loss by its label alone."""
    length = max(len(window.ids) for window in batch)
    ids = torch.full((len(batch), length), PAD)
    mask = torch.zeros((len(batch), length), dtype=torch.long)
    carries = torch.full((len(batch), length), torch.nan)
    for row, window in enumerate(batch):
        ids[row, : len(window.ids)] = torch.tensor(window.ids)
        mask[row, : len(window.ids)] = 1
        carries[row, : len(window.ids)] = torch.from_numpy(window.carries)
    ids[_hidden(ids, recipe.masked)] = len(scorer.gate.words.codes) - 1
    labels = torch.tensor([window.label for window in batch])
    facets = torch.from_numpy(np.stack([window.facets for window in batch]))
    early, logits, by_facet, by_token = scorer(ids.to(device), mask.to(device))
    smooth = (labels * (1 - 2 * recipe.smoothing) + recipe.smoothing).to(device)
    carries = carries.to(device)
    by_label = _each(logits, smooth)
    loss = (
        by_label.mean()
        + recipe.gate * _told(early, smooth)
        + recipe.facets * _told(by_facet, facets.to(device))
        # a reason is a small part of a window, and counts as much as all the rest
        + recipe.carries * (_told(by_token, carries, carries == 1) + _told(by_token, carries, carries == 0)) / 2
    )
    return loss, by_label.detach().cpu().numpy()


def _hidden(ids: Tensor, share: float) -> Tensor:
    """Where a token is hidden; never the marks around a window, nor the padding."""
    return (torch.rand(ids.shape) < share) & (ids > UNKNOWN)


def _each(logits: Tensor, wanted: Tensor) -> Tensor:
    """Binary cross-entropy of each; what was not told is read as 0."""
    return nn.functional.binary_cross_entropy_with_logits(logits, torch.nan_to_num(wanted), reduction="none")


def _told(logits: Tensor, wanted: Tensor, among: Tensor | None = None) -> Tensor:
    """The same, averaged over what was told, or over those ``among`` it."""
    known = ~torch.isnan(wanted) if among is None else among
    return (_each(logits, wanted) * known).sum() / known.sum().clamp(min=1)
