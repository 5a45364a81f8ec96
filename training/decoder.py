"""Trains the 64² decoder on a frozen CLIP's image embeddings, captions and random masks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional as F

from inference.sampling import clean_from_v, noise_level, noised, signal, velocity
from training.clip import Encoders
from training.data import Batch
from training.processes import precision

NO_EMBED, NO_CAPTION, MASKED = 0.1, 0.5, 0.4  # how often each is so
EXTENDED = 0.75  # of what is masked
NO_EMBED_MASKED = 0.4  # what is around the mask must often tell enough
EMBED_NOISE = 0.25  # of their length, the largest
LIKENESS = 0.1  # of the embeddings' distance beside v's error; its gradient is about twice as long


def decoder_loss(
    decoder: Callable[..., Tensor], batches: Iterator[Batch], clip: Encoders,
    likeness: float = LIKENESS,
) -> Callable[[int], Tensor]:  # fmt: skip
    """Squared error of v, weighted by 5 / (SNR + 5), and what `clip` finds unlike the true picture.

    Much noise counts fully: there the decoder learns what to draw where. Little noise counts little
    (Hang et al. 2023 cap the weight of x0's error at SNR 5 likewise). A squared error minds the
    outline of a small thing as little as a speck; what a frozen CLIP sees in the clean picture that
    v foretells should be what it sees in the true one (after Lin & Yang 2024; not in the paper).
    Embeddings are told with some noise, for those of a prior are never exact.
    """

    def loss_at(step: int) -> Tensor:
        batch = next(batches)
        pixels, known = masked(batch.pixels)
        whole = known[:, 3:].amin((1, 2, 3)) > 0
        lots = partial(torch.rand, device=pixels.device)
        told = lots(len(pixels)) >= torch.where(whole, NO_EMBED, NO_EMBED_MASKED)
        tokens = batch.tokens * (lots(len(pixels), 1) >= NO_CAPTION)
        t, noise = lots(len(pixels)), torch.randn_like(pixels)
        blur = EMBED_NOISE * lots(len(pixels), 1) * unit(torch.randn_like(batch.embeds))
        changed = (pixels != batch.pixels).flatten(1).any(1)
        mine = batch.own(pixels, known, told, tokens, t, noise, blur, batch.embeds, changed)
        pixels, known, told, tokens, t, noise, blur, embed, changed = mine
        x = noised(pixels, noise, t)
        with precision():
            embed = torch.where(changed[:, None], clip.encode_image(pixels), embed)
            v = decoder(x, t, unit(embed + blur) * told[:, None], tokens, known).float()
        error = (v - velocity(pixels, noise, t)).square().mean((1, 2, 3))
        loss = error * 5 / ((signal(t) / noise_level(t)).square() + 5)
        if likeness:
            with precision():
                seen = clip.encode_image(clean_from_v(x, v, t))
            loss = loss + likeness * signal(t).square() * (1 - (seen * embed).sum(-1))
        return loss.mean()

    return loss_at


def unit(rows: Tensor) -> Tensor:
    """Of length 1."""
    return F.normalize(rows, dim=-1)


def masked(pixels: Tensor) -> tuple[Tensor, Tensor]:
    """Pictures, and the colours kept of them with a mask [batch, 4, 64, 64].

    Mostly all is repainted, else a box or all but one; or the picture is `extended`.
    """
    wide, border = extended(pixels)
    whole, widened, inverse = torch.rand(3, len(pixels), 1, 1, 1, device=pixels.device)
    box = _boxes(len(pixels), pixels.shape[-1], pixels.device)
    mask = torch.where(inverse < 0.5, box, ~box)
    mask = torch.where(widened < EXTENDED, border > 0, mask) | (whole >= MASKED)
    pixels = torch.where((widened < EXTENDED) & (whole < MASKED), wide, pixels)
    return pixels, torch.cat((pixels * ~mask, mask.to(pixels.dtype)), dim=1)


def _boxes(rows: int, side: int, device: torch.device) -> Tensor:
    """Where in each row a box of its own lies [rows, 1, side, side]."""
    first = torch.randint(0, 40, (rows, 2, 1), device=device)
    size = torch.randint(16, 56, (rows, 2, 1), device=device)
    place = torch.arange(side, device=device)
    within = (place >= first) & (place < first + size)
    return (within[:, 0, :, None] & within[:, 1, None, :])[:, None]


def extended(pixels: Tensor) -> tuple[Tensor, Tensor]:
    """Pictures smaller on a canvas that their borders fill, and a mask of that [batch, 1, 64, 64].

    Only so does the decoder learn to carry on a horizon at any height. Where a picture grows to two
    sides alone, `inference.canvas` pads it to a square; that padding counts as known.
    """
    rows, device = len(pixels), pixels.device
    scale = 0.4 + 0.5 * torch.rand(rows, 1, device=device)
    centre = (4 * torch.rand(rows, 2, device=device) - 2).clamp(-1, 1) * (1 - scale)  # at a side
    move = torch.eye(2, device=device).expand(rows, 2, 2)
    move = torch.cat((move, -centre[..., None]), -1) / scale[..., None]
    places = F.affine_grid(move, list(pixels.shape), align_corners=False)
    wide = F.grid_sample(pixels, places, padding_mode="border", align_corners=False)
    sides = torch.tensor([[True, True], [True, False], [False, True]], device=device)
    sides = sides[torch.randint(3, (rows,), device=device)]
    beyond = (places.abs() > 1) & sides[:, None, None]
    return wide, beyond.any(-1)[:, None].float()
