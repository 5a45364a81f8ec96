"""The upsamplers, 64² → 256² → 1024²: convolutions alone, told only by the smaller picture."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from inference.layers import ConvBlock, timestep_features


@dataclass(frozen=True)
class UpsamplerConfig:
    """Sizes of the network; it works on patches of `patch`² pixels of the larger picture."""

    patch: int = 4
    width: int = 96
    condition: int = 96
    blocks: int = 5
    head: int = 16


class Upsampler(nn.Module):
    """Predicts a picture x0 of four times the side; it runs at any size.

    What it adds is a change of the enlarged smaller picture, which tells nearly all: predicting v,
    it left grain, since every pixel's noise had to pass through it unharmed.
    """

    def __init__(self, config: UpsamplerConfig) -> None:
        super().__init__()
        self.config = config
        w, c, area = config.width, config.condition, config.patch**2
        self.time = nn.Sequential(nn.Linear(c, c), nn.GELU(), nn.Linear(c, c))
        self.stem = nn.Conv2d(6 * area, w, 3, padding=1)
        self.blocks = nn.ModuleList(ConvBlock(w, c) for _ in range(config.blocks))
        self.patches = nn.Conv2d(w, config.head * area, 1)
        self.smooth = nn.Conv2d(config.head + 6, config.head, 3, padding=1)
        self.out = nn.Conv2d(config.head, 3, 3, padding=1)
        nn.init.zeros_(self.out.weight)

    def forward(self, noised: Tensor, t: Tensor, small: Tensor) -> Tensor:
        """x0 [batch, 3, H, W]; `small` is the smaller picture, enlarged to H×W."""
        condition = F.gelu(self.time(timestep_features(t, self.config.condition).to(noised.dtype)))
        pixels = torch.cat((noised, small), dim=1)
        x = self.stem(F.pixel_unshuffle(pixels, self.config.patch))
        for block in self.blocks:
            x = block(x, condition)
        x = torch.cat((F.pixel_shuffle(self.patches(x), self.config.patch), pixels), dim=1)
        return small + self.out(F.gelu(self.smooth(x)))
