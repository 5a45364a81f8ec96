"""The 64² decoder: a UNet that turns noise into a picture, told by image embedding and caption."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from inference.layers import Attention, ConvBlock, Transformer, timestep_features


@dataclass(frozen=True)
class DecoderConfig:
    """Sizes of the UNet, whose trunk works on a 16² grid of 4² patches."""

    vocabulary: int
    context: int = 24
    dim: int = 256
    widths: tuple[int, int, int] = (96, 192, 288)
    condition: int = 256
    head: int = 16


class Decoder(nn.Module):
    """Predicts v (Salimans & Ho 2022) at 64²; inpainting reads three more colours and a mask.

    The trunk works on patches; two blocks at 32² draw the outlines, which patches leave rough.
    """

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.config = config
        c, (w1, w2, w3) = config.condition, config.widths
        self.tokens = nn.Embedding(config.vocabulary, c)
        self.positions = nn.Parameter(torch.randn(config.context, c) * 0.02)
        self.text = Transformer(c, 1, 4, causal=False)
        self.time = nn.Sequential(nn.Linear(c, c), nn.GELU(), nn.Linear(c, c))
        self.embed = nn.Linear(config.dim, c)
        self.embed_tokens = nn.Linear(config.dim, 4 * c)
        self.layout = nn.Sequential(
            nn.Linear(config.dim, 128 * 16), nn.Unflatten(1, (128, 4, 4)), nn.GELU(),
            nn.Upsample(scale_factor=2), nn.Conv2d(128, 96, 3, padding=1), nn.GELU(),
            nn.Upsample(scale_factor=2), nn.Conv2d(96, 32, 3, padding=1),
        )  # fmt: skip
        self.stem = nn.Conv2d(7 * 16 + 32, w1, 3, padding=1)
        self.down1 = _blocks(w1, c, 1)
        self.shrink1 = nn.Conv2d(w1, w2, 2, 2)
        self.down2 = _blocks(w2, c, 1)
        self.attend2 = Attention(w2, c, 8)
        self.shrink2 = nn.Conv2d(w2, w3, 2, 2)
        self.middle = _blocks(w3, c, 2)
        self.attend3 = Attention(w3, c, 8)
        self.grow2 = nn.Conv2d(w3, 4 * w2, 1)
        self.merge2 = nn.Conv2d(2 * w2, w2, 1)
        self.up2 = _blocks(w2, c, 2)
        self.attend_up = Attention(w2, c, 8)
        self.grow1 = nn.Conv2d(w2, 4 * w1, 1)
        self.merge1 = nn.Conv2d(2 * w1, w1, 1)
        self.up1 = _blocks(w1, c, 2)
        self.patches = nn.Conv2d(w1, config.head * 16, 1)
        self.smooth = nn.Conv2d(config.head + 7, config.head, 3, padding=1)
        self.fine = _blocks(4 * config.head, c, 2)
        self.out = nn.Conv2d(config.head, 3, 3, padding=1)

    def forward(
        self, noised: Tensor, t: Tensor, image_embed: Tensor, tokens: Tensor, known: Tensor
    ) -> Tensor:
        """v [batch, 3, 64, 64] at times [batch] in 0…1.

        A zero image embedding or all-padding tokens mean "not told". `known` [batch, 4, 64, 64]
        holds the kept colours (0 where repainted) and the mask (1 = repaint).
        """
        image_embed = image_embed * self.config.dim**0.5
        told = (tokens != 0).any(1).to(noised.dtype)[:, None, None]
        words = self.text(self.tokens(tokens) + self.positions) * told
        context = torch.cat((words, self.embed_tokens(image_embed).unflatten(1, (4, -1))), dim=1)
        time = timestep_features(t, self.config.condition).to(noised.dtype)
        condition = F.gelu(self.time(time) + self.embed(image_embed) + words.mean(1))
        pixels = torch.cat((noised, known), dim=1)
        x = torch.cat((F.pixel_unshuffle(pixels, 4), self.layout(image_embed)), dim=1)
        x = self._trunk(self.stem(x), condition, context)
        x = torch.cat((F.pixel_shuffle(self.patches(x), 4), pixels), dim=1)
        x = F.pixel_unshuffle(F.gelu(self.smooth(x)), 2)
        return self.out(F.pixel_shuffle(_run(self.fine, x, condition), 2))

    def _trunk(self, x: Tensor, condition: Tensor, context: Tensor) -> Tensor:
        early = _run(self.down1, x, condition)
        middle = _run(self.down2, self.shrink1(early), condition)
        middle = self.attend2(middle, context)
        x = self.attend3(_run(self.middle, self.shrink2(middle), condition), context)
        x = torch.cat((F.pixel_shuffle(self.grow2(x), 2), middle), dim=1)
        x = self.attend_up(_run(self.up2, self.merge2(x), condition), context)
        x = torch.cat((F.pixel_shuffle(self.grow1(x), 2), early), dim=1)
        return _run(self.up1, self.merge1(x), condition)


def _blocks(width: int, condition: int, count: int) -> nn.ModuleList:
    return nn.ModuleList(ConvBlock(width, condition) for _ in range(count))


def _run(blocks: nn.ModuleList, x: Tensor, condition: Tensor) -> Tensor:
    for block in blocks:
        x = block(x, condition)
    return x
