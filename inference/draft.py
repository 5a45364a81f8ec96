"""What is asked of a drawing, as plain data. Knows no network.

Sections are those of Ramesh et al. 2022.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from inference.canvas import Canvas

SMALL = 64
SEEDS = 2**32
Watch = Callable[[int, int, Tensor], None]
"""Told after each step: the steps done, all steps, and the pictures [batch, 3, 64, 64] by now.

Raising from it ends the drawing."""

Condition = Literal["prior", "ar-prior", "text-embed", "caption"]
"""What the decoder is told of a prompt beside it: an image embedding of one of the two priors,
the text embedding in its place, or nothing (as GLIDE; §5.1 compares the three)."""


@dataclass(frozen=True)
class Draft:
    """One picture to draw; equal drafts draw equal pictures, in whatever batch.

    Without an `image_embed` [dim] the prior draws one. x_T is noise of the seed, or the inversion
    of `starts`, pictures [3, 64, 64] at the share `t` between the first and the second. At times
    above `sketched` the canvas stands for what the decoder would draw. Of several `candidates` the
    one is kept that CLIP finds nearest to what is meant.
    """

    prompt: str
    seed: int
    image_embed: Tensor | None = None
    condition: Condition = "prior"
    starts: tuple[Tensor, ...] = ()
    t: float = 0.0
    eta: float = 0.0
    canvas: Canvas | None = None
    sketched: float = 1.0
    candidates: int = 1


def seed_of(first: int, index: int) -> int:
    """The seed of a request's picture at that place; after the largest comes 0."""
    return (first + index) % SEEDS


def generators(seeds: Sequence[int]) -> list[torch.Generator]:
    """One source of noise a picture, so that its batch does not change it."""
    return [torch.Generator().manual_seed(seed) for seed in seeds]
