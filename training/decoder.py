"""Trains the 64² decoder on a frozen CLIP's image embeddings, captions and random masks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.nn import functional as F

from inference.clip import Clip
from inference.sampling import clean_from_v, noise_level, noised, signal, velocity
from training.data import Batch
from training.processes import precision

NO_EMBED, NO_CAPTION, MASKED = 0.1, 0.5, 0.25  # how often each is so
NO_EMBED_MASKED = 0.4  # what is around the mask must often tell enough
EMBED_NOISE = 0.25  # largest; a prior's embeddings are never exact
LIKENESS = 0.1  # of the embeddings' distance beside v's error; its gradient is about twice as long


def decoder_loss(
    decoder: Callable[..., Tensor], batches: Iterator[Batch], clip: Clip | None = None
) -> Callable[[int], Tensor]:
    """Squared error of v, weighted by 5 / (SNR + 5), and what `clip` finds unlike the true picture.

    Much noise counts fully: there the decoder learns what to draw where. Little noise counts little
    (Hang et al. 2023 cap the weight of x0's error at SNR 5 likewise). A squared error minds the
    outline of a small thing as little as a speck; what a frozen CLIP sees in the clean picture that
    v foretells should be what it sees in the true one (after Lin & Yang 2024; not in the paper).
    """

    def loss_at(step: int) -> Tensor:
        batch = next(batches)
        pixels, rows = batch.pixels, len(batch.pixels)
        t, noise, known = torch.rand(rows), torch.randn_like(batch.pixels), masked(batch.pixels)
        whole = known[:, 3:].amin((1, 2, 3)) > 0
        no_embed = torch.where(whole, NO_EMBED, NO_EMBED_MASKED)[:, None]
        embed = blurred(batch.embeds) * (torch.rand(rows, 1) >= no_embed)
        tokens = batch.tokens * (torch.rand(rows, 1) >= NO_CAPTION)
        told = pixels, t, noise, known, embed, tokens, batch.embeds
        pixels, t, noise, known, embed, tokens, true = batch.own(*told)
        x = noised(pixels, noise, t)
        with precision():
            v = decoder(x, t, embed, tokens, known).float()
        error = (v - velocity(pixels, noise, t)).square().mean((1, 2, 3))
        loss = error * 5 / ((signal(t) / noise_level(t)).square() + 5)
        if clip is not None:
            with precision():
                seen = clip.encode_image(clean_from_v(x, v, t))
            loss = loss + LIKENESS * signal(t).square() * (1 - (seen * true).sum(-1))
        return loss.mean()

    return loss_at


def blurred(embed: Tensor) -> Tensor:
    """Unit embeddings [batch, dim] with up to EMBED_NOISE of their length in noise added."""
    noise = F.normalize(torch.randn_like(embed), dim=-1)
    return F.normalize(embed + noise * torch.rand(len(embed), 1) * EMBED_NOISE, dim=-1)


def masked(pixels: Tensor) -> Tensor:
    """Kept colours and mask [batch, 4, 64, 64]: mostly all repainted, else a box or all but one."""
    mask = torch.ones(len(pixels), 1, *pixels.shape[2:])
    for row in torch.nonzero(torch.rand(len(pixels)) < MASKED).flatten().tolist():
        top, left = torch.randint(0, 40, (2,)).tolist()
        height, width = torch.randint(16, 56, (2,)).tolist()
        mask[row, :, top : top + height, left : left + width] = 0
        if torch.rand(()) < 0.5:
            mask[row] = 1 - mask[row]
    return torch.cat((pixels * (1 - mask), mask), dim=1)
