"""Trains CLIP: agree on pairs, and tell a scene's traits from either embedding.

The second, supervised loss is ours: from so few pictures a contrast alone does not learn to bind
"a red cube above a blue ball". Its heads are thrown away after training.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from inference.clip import Clip
from training.data import TRAITS

Batches = Iterator[tuple[Tensor, Tensor, Tensor]]


class ClipTrainer(nn.Module):
    """CLIP with the heads that read every trait of a scene from an embedding."""

    def __init__(self, clip: Clip) -> None:
        super().__init__()
        self.clip = clip
        self.image_traits = nn.Linear(clip.config.dim, sum(TRAITS))
        self.text_traits = nn.Linear(clip.config.dim, sum(TRAITS))


def clip_loss(trainer: ClipTrainer, batches: Batches) -> Callable[[int], Tensor]:
    """Symmetric cross-entropy of the pairs, plus the traits' cross-entropy from both sides."""

    def loss_at(step: int) -> Tensor:
        pixels, tokens, traits = next(batches)
        with torch.autocast("cpu", torch.bfloat16):
            image = trainer.clip.encode_image(pixels.contiguous(memory_format=torch.channels_last))
            text = trainer.clip.encode_text(tokens)
        logits = trainer.clip.log_scale.exp().clamp(max=100) * image @ text.T
        pairs = torch.arange(len(pixels))
        contrast = (F.cross_entropy(logits, pairs) + F.cross_entropy(logits.T, pairs)) / 2
        scale = trainer.clip.config.dim**0.5
        return contrast + 0.5 * (
            _traits_loss(trainer.image_traits(image * scale), traits)
            + _traits_loss(trainer.text_traits(text * scale), traits)
        )

    return loss_at


def _traits_loss(logits: Tensor, traits: Tensor) -> Tensor:
    columns = zip(logits.split(TRAITS, dim=-1), traits.unbind(-1), strict=True)
    return sum((F.cross_entropy(column, truth) for column, truth in columns), torch.zeros(()))
