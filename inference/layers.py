"""Building blocks shared by the built-in networks. Knows nothing of what they are trained for."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def timestep_features(t: Tensor, width: int) -> Tensor:
    """Sinusoidal features [batch, width] of times [batch] in 0…1."""
    rates = torch.exp(-math.log(1000) * torch.arange(width // 2, device=t.device) / (width // 2))
    angles = t[:, None].float() * 1000 * rates[None]
    return torch.cat((angles.sin(), angles.cos()), dim=-1)


class Transformer(nn.Module):
    """Pre-norm transformer over [batch, length, width]; `causal` hides later positions."""

    def __init__(self, width: int, layers: int, heads: int, *, causal: bool) -> None:
        super().__init__()
        self.causal = causal
        self.blocks = nn.ModuleList(
            nn.TransformerEncoderLayer(
                width, heads, 4 * width, dropout=0.0, activation="gelu",
                batch_first=True, norm_first=True,
            )
            for _ in range(layers)
        )  # fmt: skip
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        mask = None
        if self.causal:
            mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1], device=x.device)
            mask = mask.to(x.dtype)
        for block in self.blocks:
            x = block(x, src_mask=mask)
        return self.norm(x)


class ConvBlock(nn.Module):
    """Two 3×3 convolutions beside the identity, scaled and shifted by a condition.

    Dense on purpose: on CPUs a depthwise 7×7 took five times as long to train.
    """

    def __init__(self, width: int, condition: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(1, width)
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.modulate = nn.Linear(condition, 2 * width)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.modulate.weight)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        scale, shift = self.modulate(condition)[:, :, None, None].chunk(2, dim=1)
        h = self.first(F.silu(self.norm(x))) * (1 + scale) + shift
        return x + self.second(F.silu(h))


class Attention(nn.Module):
    """Each place of a feature map looks at the whole map and at context tokens."""

    def __init__(self, width: int, context: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(1, width)
        self.query = nn.Linear(width, width)
        self.own = nn.Linear(width, 2 * width)
        self.other = nn.Linear(context, 2 * width)
        self.out = nn.Linear(width, width)
        nn.init.zeros_(self.out.weight)

    def forward(self, x: Tensor, tokens: Tensor) -> Tensor:
        batch, width, height, breadth = x.shape
        h = self.norm(x).flatten(2).transpose(1, 2)
        pairs = torch.cat((self.own(h), self.other(tokens)), dim=1)
        key, value = (self._split(half) for half in pairs.chunk(2, dim=-1))
        seen = F.scaled_dot_product_attention(self._split(self.query(h)), key, value)
        seen = seen.transpose(1, 2).reshape(batch, height * breadth, width)
        return x + self.out(seen).transpose(1, 2).reshape(batch, width, height, breadth)

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)
