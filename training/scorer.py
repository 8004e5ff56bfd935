"""What is trained and exported: the encoder, the means over a passage's tokens, and a linear head.

The word embeddings stay as the base model's package stores them, in 4 bits, and are unpacked as they are looked up.
That is exact, and keeps the largest matrix at an eighth of its size. They are not trained.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from training.encoder import Base, Packed, bert

LENGTH = 256  # tokens of a passage that are read


class Words(nn.Module):  # type: ignore[misc]  # torch is read as untyped, so that mypy runs without it
    """The packed embedding: ids to vectors."""

    codes: Tensor
    scales: Tensor

    def __init__(self, packed: Packed) -> None:
        super().__init__()
        rows = len(packed.codes)
        self.register_buffer("codes", torch.from_numpy(packed.codes.reshape(rows, -1).copy()))
        self.register_buffer("scales", torch.from_numpy(packed.scales.copy()))

    def forward(self, ids: Tensor) -> Tensor:
        batch, length = ids.shape
        codes = self.codes[ids].float().reshape(batch, length, -1, 16)
        high = torch.floor(codes / 16)
        halves = torch.cat([codes - 16 * high, high], dim=-1) - 8
        return (halves * self.scales[ids].float().unsqueeze(-1)).flatten(2)


class Scorer(nn.Module):  # type: ignore[misc]
    """Ids and mask to a logit and a vector per passage. ``temperature`` and ``shift`` calibrate it, as Platt does."""

    temperature: Tensor
    shift: Tensor

    def __init__(self, base: Base, packed: Packed, layers: Sequence[int]) -> None:
        super().__init__()
        self.words = Words(packed)
        self.bert = bert(base, packed.first(2))
        self.layers = tuple(layers)
        self.head = nn.Linear(base.shape.hidden * len(layers), 1)
        self.register_buffer("temperature", torch.ones(()))
        self.register_buffer("shift", torch.zeros(()))

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """The calibrated logit, and the vector that it is made of."""
        pooled = self.pooled(ids, mask)
        return self.head(pooled).squeeze(-1) * self.temperature + self.shift, pooled

    def pooled(self, ids: Tensor, mask: Tensor) -> Tensor:
        """The tokens' means after each of ``layers``, side by side."""
        hidden: Tensor = self.bert.embeddings(inputs_embeds=self.words(ids))
        away = (1 - mask[:, None, None, :].to(hidden.dtype)) * -1e9
        weight = mask.unsqueeze(-1).to(hidden.dtype)
        means = []
        for number, layer in enumerate(self.bert.encoder.layer, 1):
            found = layer(hidden, away)
            hidden = found[0] if isinstance(found, tuple) else found
            if number in self.layers:
                means.append((hidden * weight).sum(1) / weight.sum(1))
        return torch.cat(means, dim=-1)

    def set_head(self, weight: Any, bias: float) -> None:
        with torch.no_grad():
            self.head.weight.copy_(torch.as_tensor(weight, dtype=torch.float32)[None])
            self.head.bias.fill_(bias)
