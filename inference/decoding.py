"""From image embeddings and captions to 64² pictures. Knows no prior and no upsampler."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from inference.canvas import to_pixels
from inference.draft import SMALL, Draft, Watch
from inference.model import Model
from inference.sampling import (
    Sampling,
    clean_from_v,
    ddim_inversion,
    gaussians,
    guided,
    sample,
    slerp,
)
from inference.transfers import onto


def decode(
    model: Model, drafts: Sequence[Draft], embeds: Tensor, tokens: Tensor,
    noises: Sequence[torch.Generator], watch: Watch | None, sampling: Sampling,
) -> Tensor:  # fmt: skip
    """Pictures [batch, 3, 64, 64] with classifier-free guidance (Ho & Salimans 2021)."""
    known = onto(torch.stack([_known(draft) for draft in drafts]), model.device)
    told = embeds, tokens, known
    both = tuple(torch.cat((part, nothing)) for part, nothing in (
        (embeds, 0 * embeds), (tokens, 0 * tokens), (known, known),
    ))  # fmt: skip
    low, high = sampling.guided
    sketches = onto(torch.stack([_sketch(draft) for draft in drafts]), model.device)
    sketched = torch.tensor([draft.sketched for draft in drafts], device=model.device)

    def fresh() -> Tensor:
        drawn = [
            torch.randn(3, SMALL, SMALL, generator=g) if draft.eta else torch.zeros(3, SMALL, SMALL)
            for draft, g in zip(drafts, noises, strict=True)
        ]
        return onto(torch.stack(drawn), model.device)

    def denoise(x: Tensor, t: Tensor) -> Tensor:
        if low <= float(t[0]) <= high:
            v = guided(model.decoder, x, t, both, sampling.guidance_scale)
        else:
            v = model.decoder(x, t, *told)
        clean = clean_from_v(x, v, t).clamp(-1, 1)
        return torch.where((t > sketched)[:, None, None, None], sketches, clean)

    noise = onto(gaussians((3, SMALL, SMALL), noises), model.device)
    noise = _started(model, drafts, noise, sampling.decoder_steps)
    eta = torch.tensor([draft.eta for draft in drafts], device=model.device)
    return sample(
        denoise, noise, sampling.decoder_steps, watch, order=sampling.order,
        eta=eta, fresh=fresh if eta.any() else None,
    )  # fmt: skip


def _known(draft: Draft) -> Tensor:
    if draft.canvas is not None:
        return draft.canvas.known(SMALL)
    return torch.cat((torch.zeros(3, SMALL, SMALL), torch.ones(1, SMALL, SMALL)))


def _sketch(draft: Draft) -> Tensor:
    return (
        to_pixels(draft.canvas.square()[0], SMALL) if draft.canvas else torch.zeros(3, SMALL, SMALL)
    )


def _started(model: Model, drafts: Sequence[Draft], noise: Tensor, num_steps: int) -> Tensor:
    """x_T [batch, 3, 64, 64]: for drafts that start from pictures, the DDIM inversion of those."""
    starts = [start for draft in drafts for start in draft.starts]
    if not starts:
        return noise
    taken = iter(_inverted(model, onto(torch.stack(starts), model.device), num_steps))
    for row, draft in enumerate(drafts):
        ends = [next(taken) for _ in draft.starts]
        if ends:
            noise[row] = slerp(ends[0], ends[-1], draft.t)
    return noise


def _inverted(model: Model, pictures: Tensor, num_steps: int) -> Tensor:
    """x_T of pictures [batch, 3, 64, 64], each told its own embedding and no caption."""
    embeds = model.clip.encode_image(pictures)
    tokens = 0 * model.tokens([""] * len(pictures))
    known = torch.cat((0 * pictures, torch.ones_like(pictures[:, :1])), dim=1)

    def denoise(x: Tensor, t: Tensor) -> Tensor:
        return clean_from_v(x, model.decoder(x, t, embeds, tokens, known), t)

    return ddim_inversion(denoise, pictures, num_steps)
