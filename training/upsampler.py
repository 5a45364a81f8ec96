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
from inference.clip import Clip
from inference.sampling import FAST, clean_from_v, guided, noised, sample
from training.data import NOTHING, Batch, scaled
from training.drawing import draw
from training.processes import device, precision
from training.world import draw_lots

Wear = Callable[[Tensor], Tensor]

# Gaussian of 3 taps, σ = 0.6, as the paper blurs what the first upsampler is told.
_TAPS = torch.tensor([0.1664, 0.6672, 0.1664])
NOISE = 0.12  # largest; what the small decoder draws is never free of it
MOST_REDRAWN, REDRAWING_STEPS, REDRAWN_AT_ONCE = 0.65, 4, 50
JPEG_SHARE, JPEG_QUALITY = 0.3, (50, 95)


def render_large(count: int, side: int, seed: int) -> Tensor:
    """uint8 [count, 3, side, side] of seeded scenes."""
    jobs = [(20, side, seed * 100_003 + i) for i in range(-(-count // 20))]
    with get_context("fork").Pool() as pool:
        parts = list(pool.imap(_render_part, jobs))
    return torch.from_numpy(np.concatenate(parts)[:count])


@torch.inference_mode()
def redrawn(decoder: Callable[..., Tensor], clip: Clip, pictures: Tensor) -> Tensor:
    """uint8 quarters [n, 3, 64, 64] of uint8 pictures [n, 3, 256, 256], drawn anew by the decoder.

    From more noise or less. An upsampler that never saw how rough its outlines are leaves them so.
    """
    split = pictures.split(REDRAWN_AT_ONCE)
    parts = [_redrawn(decoder, clip, scaled(part).to(device())) for part in split]
    drawn = torch.cat([((part + 1) * 127.5).round().to(torch.uint8) for part in parts])
    return drawn.to(pictures.device)


def _redrawn(decoder: Callable[..., Tensor], clip: Clip, pictures: Tensor) -> Tensor:
    small = F.avg_pool2d(pictures, 4)
    embeds = clip.encode_image(small)
    tokens = torch.zeros(2 * len(small), clip.config.context, dtype=torch.long, device=small.device)
    known = torch.cat((0 * small, torch.ones_like(small[:, :1])), dim=1).repeat(2, 1, 1, 1)

    both = torch.cat((embeds, 0 * embeds)), tokens, known

    def denoise(x: Tensor, t: Tensor) -> Tensor:
        v = guided(decoder, x, t, both, FAST.guidance_scale)
        return clean_from_v(x, v, t).clamp(-1, 1)

    start = float(torch.rand(())) * MOST_REDRAWN
    t = torch.full((len(small),), start, device=small.device)
    noise = noised(small, torch.randn_like(small), t)
    return sample(denoise, noise, REDRAWING_STEPS, start=start)


def crops(pictures: Tensor, size: int, side: int, small: Tensor | None = None) -> Iterator[Batch]:
    """Endless batches of random squares of `side`² pixels, and of what lies there in `small`."""
    while True:
        large, little = [], []
        for row in torch.randint(len(pictures), (size,)).tolist():
            y, x = _corner(pictures[row], side)
            large.append(pictures[row, :, y : y + side, x : x + side])
            if small is not None:
                little.append(small[row, :, y // 4 : (y + side) // 4, x // 4 : (x + side) // 4])
        told = scaled(torch.stack(little)) if little else NOTHING
        yield Batch(scaled(torch.stack(large)), small=told)


def upsampler_loss(
    upsampler: Callable[..., Tensor], batches: Iterator[Batch], wear: Wear
) -> Callable[[int], Tensor]:
    """Absolute error of x0 of pictures, of which it is told a quarter of the side, worn by `wear`.

    Absolute (as SR3 may, Saharia et al. 2021), for its middle between two colours is one of them.
    """

    def loss_at(step: int) -> Tensor:
        batch = next(batches)
        clean = batch.pixels
        small = batch.small if len(batch.small) else F.avg_pool2d(clean, 4)
        told = F.interpolate(wear(small), clean.shape[2:], mode="bicubic")
        t, noise = torch.rand(len(clean), device=clean.device), torch.randn_like(clean)
        clean, told, t, noise = batch.own(clean, told, t, noise)
        with precision():
            drawn = upsampler(noised(clean, noise, t), t, told)
        return (drawn.float() - clean).abs().mean()

    return loss_at


def blurred(small: Tensor) -> Tensor:
    """[batch, 3, H, W] with the paper's Gaussian blur and, some more than others, noise."""
    kernel = (_TAPS[:, None] * _TAPS[None]).expand(3, 1, 3, 3).to(small.device)
    small = F.conv2d(F.pad(small, (1, 1, 1, 1), mode="replicate"), kernel, groups=3)
    return small + torch.randn_like(small) * _shares(small) * NOISE


def degraded(small: Tensor) -> Tensor:
    """Blur, noise and JPEG, each to a random degree (after BSR, Zhang et al. 2021)."""
    worn = torch.lerp(small, blurred(small), _shares(small))
    for row in torch.nonzero(torch.rand(len(small)) < JPEG_SHARE).flatten().tolist():
        worn[row] = _through_jpeg(worn[row])
    return worn


def _shares(small: Tensor) -> Tensor:
    """0…1 for each picture."""
    return torch.rand(len(small), 1, 1, 1, device=small.device)


def _through_jpeg(pixels: Tensor) -> Tensor:
    out = io.BytesIO()
    to_picture(pixels).save(out, "JPEG", quality=random.randint(*JPEG_QUALITY))
    return to_pixels(Image.open(out), pixels.shape[-1]).to(pixels.device)


def cropped(picture: Tensor, side: int) -> Tensor:
    """A random square, in steps of four pixels, so that small ones are whole."""
    y, x = _corner(picture, side)
    return picture[:, y : y + side, x : x + side]


def _corner(picture: Tensor, side: int) -> tuple[int, int]:
    y, x = (4 * torch.randint((picture.shape[-1] - side) // 4 + 1, (2,))).tolist()
    return y, x


def _render_part(job: tuple[int, int, int]) -> np.ndarray:
    """Without torch, whose threads a forked process would wait for in vain."""
    count, side, seed = job
    rng = random.Random(seed)
    pictures = [np.asarray(draw(draw_lots(rng), side, rng)) for _ in range(count)]
    return np.ascontiguousarray(np.stack(pictures).transpose(0, 3, 1, 2))
