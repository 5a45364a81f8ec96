"""The autoregressive prior, which the paper compares with the diffusion prior (§2.2).

An image embedding becomes a sentence: its principal components, the largest first, each in one of a
few buckets; a causal transformer writes it after the encoded caption, the text embedding and how
near the two embeddings shall be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from inference.layers import Transformer

REACH = 3.0  # standard deviations of a component that the buckets cover on either side


@dataclass(frozen=True)
class ARPriorConfig:
    """Sizes of both transformers; the embedding is written as `kept` of its dim components."""

    vocabulary: int
    context: int = 24
    dim: int = 256
    kept: int = 64
    buckets: int = 48
    text_width: int = 192
    text_layers: int = 1
    text_heads: int = 4
    width: int = 192
    layers: int = 3
    heads: int = 4


class ARPrior(nn.Module):
    """Predicts each component's bucket from the caption and the components before it."""

    mean: Tensor
    basis: Tensor
    spread: Tensor
    nearness: Tensor

    def __init__(self, config: ARPriorConfig) -> None:
        super().__init__()
        self.config = config
        w, text_width = config.width, config.text_width
        self.register_buffer("mean", torch.zeros(config.dim))
        self.register_buffer("basis", torch.eye(config.dim)[: config.kept])
        self.register_buffer("spread", torch.ones(config.kept))
        self.register_buffer("nearness", torch.tensor(0.5))
        self.tokens = nn.Embedding(config.vocabulary, text_width)
        self.text_positions = nn.Parameter(torch.randn(config.context, text_width) * 0.02)
        self.text = Transformer(text_width, config.text_layers, config.text_heads, causal=False)
        self.words_in = nn.Linear(text_width, w)
        self.codes = nn.Embedding(config.buckets, w)
        self.positions = nn.Parameter(torch.randn(config.context + 1 + config.kept, w) * 0.02)
        self.text_in = nn.Linear(config.dim, w)
        self.nearness_in = nn.Linear(1, w)
        self.trunk = Transformer(w, config.layers, config.heads, causal=True)
        self.out = nn.Linear(w, config.buckets)

    def fit(self, image_embeds: Tensor, text_embeds: Tensor) -> None:
        """Learns the components from pairs of embeddings [n, dim], and how near to ask for.

        The paper asks for products z_i·z_t from the upper half: here its middle.
        """
        self.mean.copy_(image_embeds.mean(0))
        _, vectors = torch.linalg.eigh(torch.cov(image_embeds.T))
        self.basis.copy_(vectors.T.flip(0)[: self.config.kept])
        self.spread.copy_(((image_embeds - self.mean) @ self.basis.T).std(0))
        self.nearness.copy_((image_embeds * text_embeds).sum(-1).quantile(0.75))

    def encode(self, image_embeds: Tensor) -> Tensor:
        """Buckets [batch, kept] of embeddings [batch, dim]."""
        parts = (image_embeds - self.mean) @ self.basis.T / self.spread
        codes = (parts / REACH + 1) * self.config.buckets / 2
        return codes.floor().long().clamp(0, self.config.buckets - 1)

    def decode(self, codes: Tensor) -> Tensor:
        """Unit embeddings [batch, dim] from the middles of buckets [batch, kept]."""
        parts = ((codes + 0.5) * 2 / self.config.buckets - 1) * REACH
        return F.normalize(parts * self.spread @ self.basis + self.mean, dim=-1)

    def forward(
        self, tokens: Tensor, text_embed: Tensor, nearness: Tensor, codes: Tensor
    ) -> Tensor:
        """Logits [batch, n + 1, buckets] of the components up to the one after codes [batch, n]."""
        words = self.words_in(self.text(self.tokens(tokens) + self.text_positions))
        text = self.text_in(text_embed * self.config.dim**0.5)[:, None]
        near = self.nearness_in(nearness[:, None])[:, None]
        sequence = torch.cat((words, text, near, self.codes(codes)), dim=1)
        told = self.trunk(sequence + self.positions[: sequence.shape[1]])
        return self.out(told[:, self.config.context + 1 :])

    def draw(self, tokens: Tensor, text_embed: Tensor, noises: Sequence[torch.Generator]) -> Tensor:
        """Image embeddings [batch, dim], one component after the other; each row's own noise."""
        shape = self.config.kept, self.config.buckets
        chance = torch.stack([torch.empty(shape).exponential_(generator=g) for g in noises])
        chance = chance.to(text_embed.device)
        near = self.nearness.expand(len(tokens))
        codes = tokens.new_empty(len(tokens), 0)
        for step in range(self.config.kept):
            odds = self(tokens, text_embed, near, codes)[:, -1].softmax(-1)
            codes = torch.cat((codes, (odds / chance[:, step]).argmax(-1, keepdim=True)), dim=1)
        return self.decode(codes)
