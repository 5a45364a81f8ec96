"""Trains the prior on pairs of captions and the frozen CLIP's image embeddings."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from inference.clip import Clip
from inference.prior import Prior
from inference.sampling import noise_level, signal
from training.clip import Batches

NO_CAPTION = 0.1


def prior_loss(prior: Prior, clip: Clip, batches: Batches) -> Callable[[int], Tensor]:
    """Squared error of the predicted clean embedding (Ramesh et al. 2022, eq. 2)."""

    def loss_at(step: int) -> Tensor:
        pixels, tokens, _ = next(batches)
        t = torch.rand(len(pixels))
        with torch.autocast("cpu", torch.bfloat16):
            with torch.no_grad():
                clean = clip.encode_image(pixels) * prior.scale
                told = torch.rand(len(pixels), 1) >= NO_CAPTION
                text, tokens = clip.encode_text(tokens) * told, tokens * told
            noise = torch.randn_like(clean)
            noised = signal(t)[:, None] * clean + noise_level(t)[:, None] * noise
            predicted = prior(noised, t, tokens, text)
        return (predicted.float() - clean).square().mean()

    return loss_at
