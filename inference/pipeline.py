"""The five steps of unCLIP, for many requests at once. Knows no queue, no files and no Discord."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from inference.model import Model
from inference.sampling import clean_from_v, ddim

Watch = Callable[[int, int, Tensor], None]
"""Told after each step: the steps done, all steps, and the pictures [batch, 3, 64, 64] by now.

Raising from it ends the drawing."""

PRIOR_STEPS, DECODER_STEPS, UPSAMPLER_STEPS = 16, 24, 6
GUIDANCE_SCALE = 2.0
SIZE = 256


@dataclass(frozen=True)
class Sketch:
    """One picture to draw: a prompt, or a picture to vary; equal seeds draw equal pictures."""

    prompt: str
    seed: int
    source: Image.Image | None = None


@torch.inference_mode()
def draw(model: Model, sketches: Sequence[Sketch], watch: Watch | None = None) -> list[Image.Image]:
    """The pictures, SIZE² RGB, in the order of the sketches."""
    noises = generators(sketches)
    small = draw_small(model, sketches, noises, watch)
    return [to_picture(pixels) for pixels in upsample(model, small, noises)]


def generators(sketches: Sequence[Sketch]) -> list[torch.Generator]:
    """One source of noise a sketch, so that its batch does not change its picture."""
    return [torch.Generator().manual_seed(sketch.seed) for sketch in sketches]


@torch.inference_mode()
def draw_small(
    model: Model, sketches: Sequence[Sketch], noises: Sequence[torch.Generator],
    watch: Watch | None = None,
) -> Tensor:  # fmt: skip
    """Pictures [batch, 3, 64, 64] in -1…1, before any upsampler."""
    tokens = model.vocabulary.encode([sketch.prompt for sketch in sketches])
    embeds = embed_images(model, sketches, tokens, noises)
    return decode(model, embeds, tokens, noises, watch)


def embed_images(
    model: Model, sketches: Sequence[Sketch], tokens: Tensor, noises: Sequence[torch.Generator]
) -> Tensor:
    """Image embeddings [batch, dim]: of the source where there is one, else the prior's."""
    embeds = prior_embeds(model, tokens, noises)
    for row, sketch in enumerate(sketches):
        if sketch.source is not None:
            embeds[row] = model.clip.encode_image(to_pixels(sketch.source, 64)[None])[0]
    return embeds


def prior_embeds(model: Model, tokens: Tensor, noises: Sequence[torch.Generator]) -> Tensor:
    """Two draws a caption; the one nearer to the text embedding is kept (§2.2)."""
    text = model.clip.encode_text(tokens)
    noise = torch.stack([torch.randn(2, text.shape[1], generator=g) for g in noises])
    tokens, text = tokens.repeat_interleave(2, 0), text.repeat_interleave(2, 0)

    def denoise(x: Tensor, t: Tensor) -> Tensor:
        return model.prior(x, t, tokens, text)

    drawn = F.normalize(ddim(denoise, noise.flatten(0, 1), PRIOR_STEPS), dim=-1)
    nearness = (drawn * text).sum(-1).view(-1, 2)
    return drawn.view(len(nearness), 2, -1)[torch.arange(len(nearness)), nearness.argmax(1)]


def decode(
    model: Model, embeds: Tensor, tokens: Tensor, noises: Sequence[torch.Generator],
    watch: Watch | None = None,
) -> Tensor:  # fmt: skip
    """Pictures [batch, 3, 64, 64] with classifier-free guidance (Ho & Salimans 2021)."""
    noise = torch.stack([torch.randn(3, 64, 64, generator=g) for g in noises])
    known = torch.cat((torch.zeros_like(noise), torch.ones_like(noise[:, :1])), dim=1)
    told = (
        torch.cat((embeds, 0 * embeds)),
        torch.cat((tokens, 0 * tokens)),
        known.repeat(2, 1, 1, 1),
    )

    def denoise(x: Tensor, t: Tensor) -> Tensor:
        v, free = model.decoder(x.repeat(2, 1, 1, 1), t.repeat(2), *told).chunk(2)
        return clean_from_v(x, free + GUIDANCE_SCALE * (v - free), t).clamp(-1, 1)

    return ddim(denoise, noise, DECODER_STEPS, watch)


def upsample(model: Model, small: Tensor, noises: Sequence[torch.Generator]) -> Tensor:
    """Pictures [batch, 3, SIZE, SIZE], told only by the small ones."""
    noise = torch.stack([torch.randn(3, SIZE, SIZE, generator=g) for g in noises])
    enlarged = F.interpolate(small, (SIZE, SIZE), mode="bicubic")

    def denoise(x: Tensor, t: Tensor) -> Tensor:
        return clean_from_v(x, model.upsampler(x, t, enlarged), t).clamp(-1, 1)

    return ddim(denoise, noise, UPSAMPLER_STEPS)


def to_pixels(picture: Image.Image, size: int) -> Tensor:
    """[3, size, size] in -1…1; other shapes are cropped to their middle square."""
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    square = picture.convert("RGB").crop((left, top, left + side, top + side))
    small = square.resize((size, size), Image.Resampling.BOX)
    return torch.from_numpy(np.array(small)).permute(2, 0, 1) / 127.5 - 1


def to_picture(pixels: Tensor) -> Image.Image:
    """An RGB picture from [3, height, width] in -1…1."""
    bytes_ = ((pixels.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    return Image.fromarray(bytes_.permute(1, 2, 0).numpy())
