"""CLIP: captions and pictures in one space. Knows nothing of diffusion."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from inference.layers import Transformer


@dataclass(frozen=True)
class ClipConfig:
    """Sizes of both encoders; the embedding's length is `dim`."""

    vocabulary: int
    context: int = 24
    dim: int = 256
    text_width: int = 192
    text_layers: int = 3
    image_width: int = 32


class Clip(nn.Module):
    """Two encoders trained to agree (Radford et al. 2021); `side` is that of its pictures."""

    side = 64

    def __init__(self, config: ClipConfig) -> None:
        super().__init__()
        self.config = config
        self.tokens = nn.Embedding(config.vocabulary, config.text_width)
        self.positions = nn.Parameter(torch.randn(config.context, config.text_width) * 0.02)
        self.text = Transformer(config.text_width, config.text_layers, 4, causal=False)
        self.text_out = nn.Linear(config.text_width, config.dim)
        w = config.image_width
        *convolutions, first = image_encoder(w, 512)
        self.image = nn.Sequential(*convolutions)
        self.image_out = nn.Sequential(first, nn.GELU(), nn.Linear(512, config.dim))
        self.log_scale = nn.Parameter(torch.tensor(2.7))

    def encode_text(self, tokens: Tensor) -> Tensor:
        """Unit text embeddings [batch, dim] of token ids [batch, context]."""
        h = self.text(self.tokens(tokens) + self.positions)
        seen = (tokens != 0).to(h.dtype)[..., None]
        return F.normalize(self.text_out((h * seen).sum(1) / seen.sum(1)).float(), dim=-1)

    def encode_image(self, pixels: Tensor) -> Tensor:
        """Unit image embeddings [batch, dim] of pictures [batch, 3, 64, 64] in -1…1."""
        return F.normalize(self.image_out(self.image(pixels)).float(), dim=-1)


def image_encoder(width: int, features: int) -> list[nn.Module]:
    """Layers that turn pictures [batch, 3, 64, 64] into features [batch, features]."""
    w = width
    return [
        nn.PixelUnshuffle(2), _stage(12, w, 1), _stage(w, 2 * w, 2), _stage(2 * w, 4 * w, 2),
        _stage(4 * w, 6 * w, 2), nn.Flatten(), nn.Linear(6 * w * 16, features),
    ]  # fmt: skip


def _stage(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1), nn.GroupNorm(4, outputs), nn.GELU(),
        nn.Conv2d(outputs, outputs, 3, 1, 1), nn.GroupNorm(4, outputs), nn.GELU(),
    )  # fmt: skip
