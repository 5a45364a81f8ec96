"""From a caption to an image embedding, by either prior. Knows no decoder.

Each is a function of the model, tokens [batch, context], their text embeddings [batch, dim] and one
source of noise a row. Sections are those of Ramesh et al. 2022.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from inference.model import Model
from inference.sampling import ddim

Prior = Callable[[Model, Tensor, Tensor, Sequence[torch.Generator]], Tensor]
PRIOR_STEPS = 16


def nearer_of_two(
    draw_embeds: Prior, model: Model, tokens: Tensor, text: Tensor,
    noises: Sequence[torch.Generator],
) -> Tensor:  # fmt: skip
    """Two draws a caption; the one nearer to the text embedding is kept (§2.2)."""
    twice = [noise for noise in noises for _ in range(2)]
    drawn = draw_embeds(model, tokens.repeat_interleave(2, 0), text.repeat_interleave(2, 0), twice)
    pairs = drawn.unflatten(0, (-1, 2))
    nearness = (pairs * text[:, None]).sum(-1)
    return pairs[torch.arange(len(pairs), device=model.device), nearness.argmax(1)]


def diffusion_prior(
    model: Model, tokens: Tensor, text: Tensor, noises: Sequence[torch.Generator]
) -> Tensor:
    """Embeddings [batch, dim] by diffusion; guiding it would hurt (§5.5)."""
    noise = torch.stack([torch.randn(text.shape[1], generator=g) for g in noises])

    def denoise(x: Tensor, t: Tensor) -> Tensor:
        return model.prior(x, t, tokens, text)

    return F.normalize(ddim(denoise, noise.to(model.device), PRIOR_STEPS), dim=-1)


def ar_prior(
    model: Model, tokens: Tensor, text: Tensor, noises: Sequence[torch.Generator]
) -> Tensor:
    """Embeddings [batch, dim], component by component."""
    assert model.ar_prior is not None
    return model.ar_prior.draw(tokens, text, noises)
