"""Trains the autoregressive prior to write image embeddings, component by component."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.nn import functional as F

from inference.ar_prior import ARPrior
from training.clip import Encoders
from training.data import Batch
from training.processes import device, precision

FIT_BATCHES = 40


def ar_prior_loss(
    prior: ARPrior, clip: Encoders, batches: Iterator[Batch]
) -> Callable[[int], Tensor]:
    """Cross-entropy of every component's bucket; the components are fitted first."""
    first = [next(batches) for _ in range(FIT_BATCHES)]
    prior.to(device())
    with torch.inference_mode():
        texts = torch.cat([clip.encode_text(batch.tokens.to(device())) for batch in first])
        prior.fit(torch.cat([batch.embeds.to(device()) for batch in first]), texts)

    def loss_at(step: int) -> Tensor:
        batch = next(batches)
        tokens, embeds = batch.own(batch.tokens, batch.embeds)
        codes = prior.encode(embeds)
        with precision():
            with torch.no_grad():
                text = clip.encode_text(tokens)
            near = (text * embeds).sum(-1)
            logits = prior(tokens, text, near, codes[:, :-1])
        return F.cross_entropy(logits.float().flatten(0, 1), codes.flatten())

    return loss_at
