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
from inference.sampling import sample
from inference.transfers import onto

Prior = Callable[[Model, Tensor, Tensor, Sequence[torch.Generator], int], Tensor]


def nearer_of_two(
    draw_embeds: Prior, model: Model, tokens: Tensor, text: Tensor,
    noises: Sequence[torch.Generator], num_steps: int,
) -> Tensor:  # fmt: skip
    """Two draws a caption; the one nearer to the text embedding is kept (§2.2)."""
    twice = [noise for noise in noises for _ in range(2)]
    told = tokens.repeat_interleave(2, 0), text.repeat_interleave(2, 0), twice
    drawn = draw_embeds(model, *told, num_steps)
    pairs = drawn.unflatten(0, (-1, 2))
    nearness = (pairs * text[:, None]).sum(-1)
    return pairs[torch.arange(len(pairs), device=model.device), nearness.argmax(1)]


def diffusion_prior(
    model: Model, tokens: Tensor, text: Tensor, noises: Sequence[torch.Generator], num_steps: int
) -> Tensor:
    """Embeddings [batch, dim] by diffusion; guiding it would hurt (§5.5)."""
    noise = torch.stack([torch.randn(text.shape[1], generator=g) for g in noises])

    def denoise(x: Tensor, t: Tensor) -> Tensor:
        return model.prior(x, t, tokens, text)

    return F.normalize(sample(denoise, onto(noise, model.device), num_steps), dim=-1)


def ar_prior(
    model: Model, tokens: Tensor, text: Tensor, noises: Sequence[torch.Generator], num_steps: int
) -> Tensor:
    """Embeddings [batch, dim], component by component, however many steps."""
    assert model.ar_prior is not None
    return model.ar_prior.draw(tokens, text, noises)
