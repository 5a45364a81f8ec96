"""The diffusion prior: a caption and its text embedding to an image embedding."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from inference.layers import Transformer, timestep_features


@dataclass(frozen=True)
class PriorConfig:
    """Sizes of the prior's causal transformer."""

    vocabulary: int
    context: int = 24
    dim: int = 256
    width: int = 256
    layers: int = 4
    heads: int = 4


class Prior(nn.Module):
    """Predicts the clean image embedding from a noised one (Ramesh et al. 2022, eq. 2).

    The causal sequence is [caption, text embedding, time, noised embedding, query]; the query's
    output is the prediction. Embeddings enter scaled by .54·√dim.
    """

    def __init__(self, config: PriorConfig) -> None:
        super().__init__()
        self.config = config
        self.scale = 0.54 * config.dim**0.5
        self.tokens = nn.Embedding(config.vocabulary, config.width)
        self.positions = nn.Parameter(torch.randn(config.context + 4, config.width) * 0.02)
        self.query = nn.Parameter(torch.randn(1, 1, config.width) * 0.02)
        self.text_in = nn.Linear(config.dim, config.width)
        self.noised_in = nn.Linear(config.dim, config.width)
        self.time_in = nn.Linear(config.width, config.width)
        self.trunk = Transformer(config.width, config.layers, config.heads, causal=True)
        self.out = nn.Linear(config.width, config.dim)

    def forward(self, noised: Tensor, t: Tensor, tokens: Tensor, text_embed: Tensor) -> Tensor:
        """Clean scaled embeddings [batch, dim] from noised ones at times [batch] in 0…1."""
        time = self.time_in(timestep_features(t, self.config.width).to(noised.dtype))
        singles = [self.text_in(text_embed * self.scale), time, self.noised_in(noised)]
        query = self.query.expand(len(noised), -1, -1)
        sequence = torch.cat((self.tokens(tokens), torch.stack(singles, 1), query), dim=1)
        return self.out(self.trunk(sequence + self.positions)[:, -1])
