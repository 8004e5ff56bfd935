"""What is trained and exported: the encoder, the mean over a passage's tokens, and a linear head.

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
    """Ids and mask to a logit per passage. ``temperature`` and ``shift`` calibrate it: Platt's two numbers."""

    temperature: Tensor
    shift: Tensor

    def __init__(self, base: Base, packed: Packed) -> None:
        super().__init__()
        self.words = Words(packed)
        self.bert = bert(base, packed.first(2))
        self.head = nn.Linear(base.shape.hidden, 1)
        self.register_buffer("temperature", torch.ones(()))
        self.register_buffer("shift", torch.zeros(()))

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        logit: Tensor = self.head(self.pooled(ids, mask)).squeeze(-1)
        return logit * self.temperature + self.shift

    def pooled(self, ids: Tensor, mask: Tensor) -> Tensor:
        return self.mean(self.upper(self.lower(ids, mask, 0), mask, 0), mask)

    def lower(self, ids: Tensor, mask: Tensor, layers: int) -> Tensor:
        """The hidden states below layer ``layers``."""
        hidden: Tensor = self.bert.embeddings(inputs_embeds=self.words(ids))
        return self._through(hidden, mask, 0, layers)

    def upper(self, hidden: Tensor, mask: Tensor, layers: int) -> Tensor:
        """The last hidden states, from those below layer ``layers``."""
        return self._through(hidden, mask, layers, len(self.bert.encoder.layer))

    def _through(self, hidden: Tensor, mask: Tensor, start: int, end: int) -> Tensor:
        away = (1 - mask[:, None, None, :].to(hidden.dtype)) * -1e9
        for layer in self.bert.encoder.layer[start:end]:
            found = layer(hidden, away)
            hidden = found[0] if isinstance(found, tuple) else found
        return hidden

    @staticmethod
    def mean(hidden: Tensor, mask: Tensor) -> Tensor:
        weight = mask.unsqueeze(-1).to(hidden.dtype)
        return (hidden * weight).sum(1) / weight.sum(1)


def padded(tokenizer: Any, prompts: Sequence[str]) -> tuple[Tensor, Tensor]:
    """Ids and mask of some passages, as long as the longest."""
    found = tokenizer(list(prompts), truncation=True, max_length=LENGTH, padding=True, return_tensors="pt")
    return found["input_ids"], found["attention_mask"]
