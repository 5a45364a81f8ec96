"""The verifier: reads a scene's traits from a picture, to judge what the model drew.

It shares nothing with the CLIP that guides generation but the shape of its convolutions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from inference.clip import image_encoder
from training.clip import traits_loss
from training.data import TRAITS, Batch
from training.processes import precision

WIDTH, FEATURES = 32, 512


class Verifier(nn.Module):
    """Pictures [batch, 3, 64, 64] in -1…1 to the logits of every trait [batch, sum(TRAITS)]."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *image_encoder(WIDTH, FEATURES), nn.GELU(), nn.Linear(FEATURES, sum(TRAITS))
        )

    def forward(self, pixels: Tensor) -> Tensor:
        return self.layers(pixels)

    def features(self, pixels: Tensor) -> Tensor:
        """What the traits are read from [batch, FEATURES]."""
        return self.layers[:-1](pixels)

    def read(self, pixels: Tensor) -> Tensor:
        """The likeliest traits [batch, 13], as `data.traits_of` writes them."""
        columns = self(pixels).split(TRAITS, dim=-1)
        return torch.stack([column.argmax(-1) for column in columns], dim=-1)


def verifier_loss(verifier: Verifier, batches: Iterator[Batch]) -> Callable[[int], Tensor]:
    """Cross-entropy of every trait, on pictures a little noisy, as drawn ones are."""

    def loss_at(step: int) -> Tensor:
        batch = next(batches)
        share = torch.rand(len(batch.pixels), 1, 1, 1, device=batch.pixels.device)
        noise = torch.randn_like(batch.pixels) * share * 0.1
        pixels, traits = batch.own(batch.pixels + noise, batch.traits)
        with precision():
            logits = verifier(pixels)
        return traits_loss(logits.float(), traits)

    return loss_at
