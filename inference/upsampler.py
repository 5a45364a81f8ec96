"""The 64²→256² upsampler: a convolutional UNet of few channels, told only by the small picture."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from inference.layers import ConvBlock, timestep_features


@dataclass(frozen=True)
class UpsamplerConfig:
    """Sizes of the network; it works on 4² patches of the large picture."""

    width: int = 96
    condition: int = 96
    blocks: int = 5
    head: int = 16


class Upsampler(nn.Module):
    """Predicts v of the large picture; of convolutions only, so it runs at any size."""

    def __init__(self, config: UpsamplerConfig) -> None:
        super().__init__()
        self.config = config
        w, c = config.width, config.condition
        self.time = nn.Sequential(nn.Linear(c, c), nn.GELU(), nn.Linear(c, c))
        self.stem = nn.Conv2d(6 * 16, w, 3, padding=1)
        self.blocks = nn.ModuleList(ConvBlock(w, c) for _ in range(config.blocks))
        self.patches = nn.Conv2d(w, config.head * 16, 1)
        self.smooth = nn.Conv2d(config.head + 6, config.head, 3, padding=1)
        self.out = nn.Conv2d(config.head, 3, 3, padding=1)

    def forward(self, noised: Tensor, t: Tensor, small: Tensor) -> Tensor:
        """v [batch, 3, H, W]; `small` is the low-resolution picture, enlarged to H×W."""
        condition = F.gelu(self.time(timestep_features(t, self.config.condition).to(noised.dtype)))
        pixels = torch.cat((noised, small), dim=1)
        x = self.stem(F.pixel_unshuffle(pixels, 4))
        for block in self.blocks:
            x = block(x, condition)
        x = torch.cat((F.pixel_shuffle(self.patches(x), 4), pixels), dim=1)
        return self.out(F.gelu(self.smooth(x)))
