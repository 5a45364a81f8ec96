"""Trains CLIP: agree on pairs, and tell a scene's traits from either embedding.

The second, supervised loss is ours: from so few pictures a contrast alone does not learn to bind
"a red cube above a blue ball". Its heads are thrown away after training.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from inference.clip import Clip
from training.data import TRAITS, Batch, Pictures, scaled
from training.processes import device, gathered, precision


class Encoders(Protocol):
    """A CLIP of any size: see `inference.clip.Clip`."""

    @property
    def log_scale(self) -> Tensor: ...

    def encode_text(self, tokens: Tensor) -> Tensor: ...

    def encode_image(self, pixels: Tensor) -> Tensor: ...


class ClipTrainer(nn.Module):
    """CLIP with the heads that read every trait of a scene from an embedding."""

    def __init__(self, clip: Clip) -> None:
        super().__init__()
        self.clip = clip
        self.image_traits = nn.Linear(clip.config.dim, sum(TRAITS))
        self.text_traits = nn.Linear(clip.config.dim, sum(TRAITS))


def clip_loss(trainer: ClipTrainer, batches: Iterator[Batch]) -> Callable[[int], Tensor]:
    """Symmetric cross-entropy of all pairs, plus the traits' cross-entropy from both sides."""

    def loss_at(step: int) -> Tensor:
        batch = next(batches)
        image, text = _embeds(trainer.clip, batch)
        (traits,) = batch.own(batch.traits)
        scale = trainer.clip.config.dim**0.5
        return _contrast(trainer.clip, image, text) + 0.5 * (
            traits_loss(trainer.image_traits(image * scale), traits)
            + traits_loss(trainer.text_traits(text * scale), traits)
        )

    return loss_at


def contrast_loss(clip: Encoders, batches: Iterator[Batch]) -> Callable[[int], Tensor]:
    """Symmetric cross-entropy of all pairs (Radford et al. 2021)."""
    return lambda step: _contrast(clip, *_embeds(clip, next(batches)))


@torch.inference_mode()
def embedded(pictures: Pictures, clip: Clip) -> Pictures:
    """The same pictures with the image embeddings of a trained CLIP."""
    parts = (scaled(part).to(device()) for part in pictures.pixels.split(500))
    with precision():
        embeds = torch.cat([clip.encode_image(part) for part in parts])
    return replace(pictures, embeds=embeds.to(pictures.pixels.device))


def _embeds(clip: Encoders, batch: Batch) -> tuple[Tensor, Tensor]:
    """Of this process's pictures and captions."""
    pixels, tokens = batch.own(batch.pixels, batch.tokens)
    with precision():
        return clip.encode_image(pixels), clip.encode_text(tokens)


def _contrast(clip: Encoders, image: Tensor, text: Tensor) -> Tensor:
    image, text = gathered(image), gathered(text)
    logits = clip.log_scale.exp().clamp(max=100) * image @ text.T
    pairs = torch.arange(len(image), device=image.device)
    return (F.cross_entropy(logits, pairs) + F.cross_entropy(logits.T, pairs)) / 2


def traits_loss(logits: Tensor, traits: Tensor) -> Tensor:
    """Sum over the traits [batch, 13] of the cross-entropy of their logits."""
    columns = zip(logits.split(TRAITS, dim=-1), traits.unbind(-1), strict=True)
    losses = [F.cross_entropy(column, truth) for column, truth in columns]
    return sum(losses, torch.zeros((), device=logits.device))
