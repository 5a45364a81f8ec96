"""Trains the upsamplers on crops: each sees a worn small picture and learns the large one."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Iterator
from multiprocessing import get_context

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from inference.canvas import to_picture, to_pixels
from inference.sampling import noised, velocity
from training.data import Batch
from training.drawing import draw
from training.processes import precision
from training.world import draw_lots

Wear = Callable[[Tensor], Tensor]

# Gaussian of 3 taps, σ = 0.6, as the paper blurs what the first upsampler is told.
_TAPS = torch.tensor([0.1664, 0.6672, 0.1664])
NOISE = 0.12  # largest; what the small decoder draws is never free of it
JPEG_SHARE, JPEG_QUALITY = 0.3, (50, 95)


def render_large(count: int, side: int, seed: int) -> Tensor:
    """uint8 [count, 3, side, side] of seeded scenes."""
    jobs = [(20, side, seed * 100_003 + i) for i in range(-(-count // 20))]
    with get_context("fork").Pool(2) as pool:
        parts = list(pool.imap(_render_part, jobs))
    return torch.from_numpy(np.concatenate(parts)[:count])


def crops(pictures: Tensor, size: int, side: int) -> Iterator[Batch]:
    """Endless batches of random squares of `side`² pixels."""
    while True:
        rows = torch.randint(len(pictures), (size,)).tolist()
        pixels = torch.stack([cropped(pictures[row], side) for row in rows])
        yield Batch(pixels.float() / 127.5 - 1)


def upsampler_loss(
    upsampler: Callable[..., Tensor], batches: Iterator[Batch], wear: Wear
) -> Callable[[int], Tensor]:
    """Squared error of v of pictures, of which it is told a quarter of the side, worn by `wear`."""

    def loss_at(step: int) -> Tensor:
        batch = next(batches)
        clean = batch.pixels
        told = F.interpolate(wear(F.avg_pool2d(clean, 4)), clean.shape[2:], mode="bicubic")
        t, noise = torch.rand(len(clean)), torch.randn_like(clean)
        clean, told, t, noise = batch.own(clean, told, t, noise)
        with precision():
            v = upsampler(noised(clean, noise, t), t, told)
        return (v.float() - velocity(clean, noise, t)).square().mean()

    return loss_at


def blurred(small: Tensor) -> Tensor:
    """[batch, 3, H, W] with the paper's Gaussian blur and, some more than others, noise."""
    kernel = (_TAPS[:, None] * _TAPS[None]).expand(3, 1, 3, 3)
    small = F.conv2d(F.pad(small, (1, 1, 1, 1), mode="replicate"), kernel, groups=3)
    return small + torch.randn_like(small) * torch.rand(len(small), 1, 1, 1) * NOISE


def degraded(small: Tensor) -> Tensor:
    """Blur, noise and JPEG, each to a random degree (after BSR, Zhang et al. 2021)."""
    share = torch.rand(len(small), 1, 1, 1)
    worn = torch.lerp(small, blurred(small), share)
    for row in torch.nonzero(torch.rand(len(small)) < JPEG_SHARE).flatten().tolist():
        worn[row] = _through_jpeg(worn[row])
    return worn


def _through_jpeg(pixels: Tensor) -> Tensor:
    out = io.BytesIO()
    to_picture(pixels).save(out, "JPEG", quality=random.randint(*JPEG_QUALITY))
    return to_pixels(Image.open(out), pixels.shape[-1])


def cropped(picture: Tensor, side: int) -> Tensor:
    """A random square, in steps of four pixels, so that small ones are whole."""
    y, x = (4 * torch.randint((picture.shape[-1] - side) // 4 + 1, (2,))).tolist()
    return picture[:, y : y + side, x : x + side]


def _render_part(job: tuple[int, int, int]) -> np.ndarray:
    """Without torch, whose threads a forked process would wait for in vain."""
    count, side, seed = job
    rng = random.Random(seed)
    pictures = [np.asarray(draw(draw_lots(rng), side, rng)) for _ in range(count)]
    return np.ascontiguousarray(np.stack(pictures).transpose(0, 3, 1, 2))
