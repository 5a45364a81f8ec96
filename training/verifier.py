"""Judges, which read a scene's traits: the verifier from a picture, another from its embedding.

The verifier shares nothing with the CLIP that guides generation but the shape of its convolutions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

import torch
from torch import Tensor, nn

from inference.clip import Clip, image_encoder
from inference.vocabulary import Words
from training.clip import embedded, traits_loss
from training.data import TRAITS, Batch, render
from training.processes import precision

WIDTH, FEATURES = 32, 512
READ_FROM, ROUNDS = 40_000, 6
"""Pictures from which embeddings learn to be read, and how often each is seen."""


class Judge(nn.Module):
    """Pictures [batch, 3, 64, 64] in -1…1 to the logits of every trait [batch, sum(TRAITS)]."""

    def read(self, pixels: Tensor) -> Tensor:
        """The likeliest traits [batch, 13], as `data.traits_of` writes them."""
        columns = self(pixels).split(TRAITS, dim=-1)
        return torch.stack([column.argmax(-1) for column in columns], dim=-1)


class Verifier(Judge):
    """Sees the picture itself."""

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


class Reader(Judge):
    """Sees CLIP's embedding alone: what it can't read there, no decoder can be told."""

    def __init__(self, clip: Clip) -> None:
        super().__init__()
        self.clip, dim = clip, clip.config.dim
        self.scale = dim**0.5
        self.layers = nn.Sequential(
            nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, sum(TRAITS))
        )

    def forward(self, pixels: Tensor) -> Tensor:
        embeds = self.clip.encode_image(pixels.to(self.clip.log_scale.device))
        return self.told(embeds.to(pixels.device))

    def told(self, embeds: Tensor) -> Tensor:
        """The logits from embeddings [batch, dim]."""
        return self.layers(embeds * self.scale)


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


def trained_reader(clip: Clip, words: Words, pictures: int = READ_FROM) -> Reader:
    """Learns to read the embeddings of so many of training's pictures, within a minute."""
    torch.manual_seed(1)
    shown = embedded(render(pictures, 1, words), clip)
    reader = Reader(clip)
    optimizer = torch.optim.AdamW(reader.layers.parameters(), 1e-3)
    rows = min(256, pictures)
    for batch in islice(shown.batches(rows, 1), ROUNDS * pictures // rows):
        loss = traits_loss(reader.told(batch.embeds), batch.traits)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return reader
