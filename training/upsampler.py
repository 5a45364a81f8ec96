"""Trains the upsampler on crops: it sees 16² of a small picture and learns the 64² above it."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from inference.sampling import noise_level, signal
from inference.upsampler import Upsampler
from training.drawing import draw
from training.world import draw_lots

# Gaussian of 3 taps, σ = 0.6, as the paper blurs what the first upsampler is told.
_TAPS = torch.tensor([0.1664, 0.6672, 0.1664])


def render_large(count: int, seed: int) -> Tensor:
    """uint8 [count, 3, 256, 256] of seeded scenes."""
    rng = random.Random(seed)
    pictures = [np.asarray(draw(draw_lots(rng), 256, rng)) for _ in range(count)]
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).contiguous()


def upsampler_loss(upsampler: Upsampler, pictures: Tensor, batch: int) -> Callable[[int], Tensor]:
    """Squared error of v on random 64² crops of blurred, shrunk and enlarged pictures."""

    def loss_at(step: int) -> Tensor:
        rows = torch.randint(len(pictures), (batch,))
        x, y = (4 * torch.randint(49, (2,))).tolist()
        large = pictures[rows].float() / 127.5 - 1
        told = degrade(large)[:, :, y : y + 64, x : x + 64]
        clean = large[:, :, y : y + 64, x : x + 64]
        t, noise = torch.rand(batch), torch.randn_like(clean)
        alpha, sigma = signal(t).view(-1, 1, 1, 1), noise_level(t).view(-1, 1, 1, 1)
        with torch.autocast("cpu", torch.bfloat16):
            v = upsampler(alpha * clean + sigma * noise, t, told)
        return (v.float() - (alpha * noise - sigma * clean)).square().mean()

    return loss_at


def degrade(large: Tensor) -> Tensor:
    """What the small picture tells: shrunk to a quarter, blurred, enlarged again."""
    small = F.avg_pool2d(large, 4)
    kernel = (_TAPS[:, None] * _TAPS[None]).expand(3, 1, 3, 3)
    small = F.conv2d(F.pad(small, (1, 1, 1, 1), mode="replicate"), kernel, groups=3)
    return F.interpolate(small, large.shape[2:], mode="bicubic")
