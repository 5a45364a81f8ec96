"""Trains the prior on pairs of captions and the frozen CLIP's image embeddings."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from inference.prior import Prior
from inference.sampling import noised
from training.clip import Encoders
from training.data import Batch
from training.processes import precision

NO_CAPTION = 0.1


def prior_loss(prior: Prior, clip: Encoders, batches: Iterator[Batch]) -> Callable[[int], Tensor]:
    """Squared error of the predicted clean embedding (Ramesh et al. 2022, eq. 2)."""

    def loss_at(step: int) -> Tensor:
        batch = next(batches)
        clean = batch.embeds * prior.scale
        t, told = torch.rand(2, len(clean), 1, device=clean.device)
        t, told, noise = t[:, 0], told >= NO_CAPTION, torch.randn_like(clean)
        clean, t, noise, tokens, told = batch.own(clean, t, noise, batch.tokens, told)
        with precision():
            with torch.no_grad():
                text = clip.encode_text(tokens) * told
            predicted = prior(noised(clean, noise, t), t, tokens * told, text)
        return (predicted.float() - clean).square().mean()

    return loss_at
