"""What is trained and exported: the encoder, a look at each token, and linear heads.

The word embeddings stay as the base model's package stores them, in 4 bits, and are unpacked as they are looked up.
That is exact, and keeps the largest matrix at an eighth of its size. They are not trained; everything else is.

Two parts, which are two graphs when it is shipped. The gate is the first layers with a head of their own: what it finds
hopeless is read no further, at a quarter of the cost. The rest pools a passage twice: the mean over its tokens, and a
mean weighted by how much each token carries the judgement. The second is learnt from the sentences that the labelled
passages point at, so that one sentence is not drowned by its neighbours, and it is the evidence that a reader is shown.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from training.encoder import Base, Packed, bert

#: Layers that are the gate's.
EARLY = 3

_AWAY = -1e9


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


class Gate(nn.Module):  # type: ignore[misc]  # as Words
    """Ids and mask, both (batch, length), to the gate's log-odds (batch,) and the vectors (batch, length, width)."""

    def __init__(self, words: Words, embeddings: nn.Module, layers: nn.ModuleList, width: int) -> None:
        super().__init__()
        self.words, self.embeddings, self.layers = words, embeddings, layers
        self.head = nn.Linear(2 * width, 1)

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        hidden = _through(self.layers, self.embeddings(inputs_embeds=self.words(ids)), mask)
        weight = mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * weight).sum(1) / weight.sum(1)
        most = (hidden + (1 - weight) * _AWAY).amax(1)
        return self.head(torch.cat([mean, most], dim=-1)).squeeze(-1), hidden


class Rest(nn.Module):  # type: ignore[misc]  # as Words
    """The gate's vectors and the mask to the logit (batch,), the facets' (batch, facets), each token's (batch, length).

    All are log-odds, uncalibrated.
    """

    def __init__(self, layers: nn.ModuleList, width: int, facets: int) -> None:
        super().__init__()
        self.layers = layers
        self.carries = nn.Linear(width, 1)
        self.head = nn.Linear(2 * width, 1)
        self.facets = nn.Linear(2 * width, facets)

    def forward(self, hidden: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        hidden = _through(self.layers, hidden, mask)
        carries = self.carries(hidden).squeeze(-1)
        looked = torch.softmax(carries + (1 - mask.to(hidden.dtype)) * _AWAY, dim=-1).unsqueeze(-1)
        weight = mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * weight).sum(1) / weight.sum(1)
        pooled = torch.cat([mean, (hidden * looked).sum(1)], dim=-1)
        return self.head(pooled).squeeze(-1), self.facets(pooled), carries


class Scorer(nn.Module):  # type: ignore[misc]  # as Words
    """Both parts, as they are trained."""

    def __init__(self, base: Base, packed: Packed, facets: int) -> None:
        super().__init__()
        model = bert(base, packed.first(2))
        layers, width = model.encoder.layer, base.shape.hidden
        self.gate = Gate(Words(packed), model.embeddings, layers[:EARLY], width)
        self.rest = Rest(layers[EARLY:], width, facets)

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The gate's log-odds, and the three of :class:`Rest`."""
        early, hidden = self.gate(ids, mask)
        logit, facets, carries = self.rest(hidden, mask)
        return early, logit, facets, carries

    def heads(self) -> list[nn.Module]:
        return [self.gate.head, self.rest.head, self.rest.facets, self.rest.carries]


def _through(layers: nn.ModuleList, hidden: Tensor, mask: Tensor) -> Tensor:
    away = (1 - mask[:, None, None, :].to(hidden.dtype)) * _AWAY
    for layer in layers:
        said: Any = layer(hidden, away)
        hidden = said[0] if isinstance(said, tuple) else said
    return hidden
