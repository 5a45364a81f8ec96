"""Trains the 64² decoder on a frozen CLIP's image embeddings, captions and random masks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

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
        told = torch.rand(len(pixels)) >= torch.where(whole, NO_EMBED, NO_EMBED_MASKED)
        tokens = batch.tokens * (torch.rand(len(pixels), 1) >= NO_CAPTION)
        t, noise = torch.rand(len(pixels)), torch.randn_like(pixels)
        blur = EMBED_NOISE * torch.rand(len(pixels), 1) * unit(torch.randn_like(batch.embeds))
        changed = (pixels != batch.pixels).flatten(1).any(1)
        mine = batch.own(pixels, known, told, tokens, t, noise, blur, batch.embeds, changed)
        pixels, known, told, tokens, t, noise, blur, embed, changed = mine
        x = noised(pixels, noise, t)
        with precision():
            if changed.any():
                embed = embed.index_put((changed,), clip.encode_image(pixels[changed]))
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
    some = torch.rand(len(pixels)) < MASKED
    widened = some & (torch.rand(len(pixels)) < EXTENDED)
    mask = torch.ones(len(pixels), 1, *pixels.shape[2:])
    for row in torch.nonzero(some).flatten().tolist():
        top, left = torch.randint(0, 40, (2,)).tolist()
        height, width = torch.randint(16, 56, (2,)).tolist()
        mask[row, :, top : top + height, left : left + width] = 0
        if widened[row]:
            mask[row] = border[row]
        elif torch.rand(()) < 0.5:
            mask[row] = 1 - mask[row]
    pixels = torch.where(widened[:, None, None, None], wide, pixels)
    return pixels, torch.cat((pixels * (1 - mask), mask), dim=1)


def extended(pixels: Tensor) -> tuple[Tensor, Tensor]:
    """Pictures smaller on a canvas that their borders fill, and a mask of that [batch, 1, 64, 64].

    Only so does the decoder learn to carry on a horizon at any height. Where a picture grows to two
    sides alone, `inference.canvas` pads it to a square; that padding counts as known.
    """
    rows = len(pixels)
    scale = 0.4 + 0.5 * torch.rand(rows, 1)
    centre = (4 * torch.rand(rows, 2) - 2).clamp(-1, 1) * (1 - scale)  # often at a side
    move = torch.cat((torch.eye(2).expand(rows, 2, 2), -centre[..., None]), -1) / scale[..., None]
    places = F.affine_grid(move, list(pixels.shape), align_corners=False)
    wide = F.grid_sample(pixels, places, padding_mode="border", align_corners=False)
    sides = torch.tensor([[True, True], [True, False], [False, True]])[torch.randint(3, (rows,))]
    beyond = (places.abs() > 1) & sides[:, None, None]
    return wide, beyond.any(-1)[:, None].float()
