"""Trains the 64² decoder on a frozen CLIP's image embeddings, captions and random masks."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from inference.clip import Clip
from inference.decoder import Decoder
from inference.sampling import noise_level, signal
from training.clip import Batches

NO_EMBED, NO_CAPTION, MASKED = 0.1, 0.5, 0.15  # how often each is so
EMBED_NOISE = 0.25  # largest; a prior's embeddings are never exact


def decoder_loss(decoder: Decoder, clip: Clip, batches: Batches) -> Callable[[int], Tensor]:
    """Squared error of v, weighted by min(SNR, 5) / (SNR + 1) (Hang et al. 2023)."""

    def loss_at(step: int) -> Tensor:
        pixels, tokens, _ = next(batches)
        rows = len(pixels)
        t = torch.rand(rows)
        alpha, sigma = signal(t).view(-1, 1, 1, 1), noise_level(t).view(-1, 1, 1, 1)
        noise = torch.randn_like(pixels)
        known = masks(pixels)
        with torch.autocast("cpu", torch.bfloat16):
            with torch.no_grad():
                embed = blurred(clip.encode_image(pixels))
            embed = embed * (torch.rand(rows, 1) >= NO_EMBED)
            tokens = tokens * (torch.rand(rows, 1) >= NO_CAPTION)
            v = decoder(alpha * pixels + sigma * noise, t, embed, tokens, known)
        error = (v.float() - (alpha * noise - sigma * pixels)).square().mean((1, 2, 3))
        ratio = (alpha / sigma).square().view(-1)
        return (error * ratio.clamp(max=5) / (ratio + 1)).mean() * 4

    return loss_at


def blurred(embed: Tensor) -> Tensor:
    """Unit embeddings [batch, dim] with up to EMBED_NOISE of their length in noise added."""
    noise = F.normalize(torch.randn_like(embed), dim=-1)
    return F.normalize(embed + noise * torch.rand(len(embed), 1) * EMBED_NOISE, dim=-1)


def masks(pixels: Tensor) -> Tensor:
    """Kept colours and mask [batch, 4, 64, 64]: mostly all repainted, else a random box."""
    mask = torch.ones(len(pixels), 1, *pixels.shape[2:])
    for row in torch.nonzero(torch.rand(len(pixels)) < MASKED).flatten().tolist():
        top, left = torch.randint(0, 40, (2,)).tolist()
        height, width = torch.randint(16, 56, (2,)).tolist()
        mask[row] = 0
        mask[row, :, top : top + height, left : left + width] = 1
    return torch.cat((pixels * (1 - mask), mask), dim=1)
