"""Drafts that one call can draw are drawn in one call, and the calls in turn. Knows no model.

Those who wait are told of all turns as of one drawing; small pictures of it cost a decoding each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from inference.draft import SMALL, Watch

PREVIEWS = 4  # of a turn
Look = Callable[[], Tensor]  # → pictures [rows, 3, 64, 64] by now, on the CPU


@dataclass(frozen=True)
class Turn:
    """The rows of a batch that are drawn now, and who is told of it."""

    rows: Sequence[int]
    number: int
    turns: int
    shown: Tensor
    watch: Watch | None

    def tell(self, step: int, steps: int, look: Look | None) -> None:
        """One step as one of all turns; now and then with a look at the pictures."""
        if self.watch is None:
            return
        if look is not None and step % max(1, steps // PREVIEWS) == 0:
            self.shown[list(self.rows)] = look()
        self.watch(self.number * steps + step, self.turns * steps, self.shown)


def in_turns(
    kinds: Sequence[Any], draw: Callable[[Turn], Sequence[Image.Image]], watch: Watch | None
) -> list[Image.Image]:
    """The pictures of all rows in their order; rows of one kind take one turn."""
    order = sorted(range(len(kinds)), key=kinds.__getitem__)
    groups = [list(rows) for _, rows in groupby(order, key=kinds.__getitem__)]
    shown = torch.zeros(len(kinds), 3, SMALL, SMALL)
    pictures: dict[int, Image.Image] = {}
    for number, rows in enumerate(groups):
        drawn = draw(Turn(rows, number, len(groups), shown, watch))
        pictures |= zip(rows, drawn, strict=True)
    return [pictures[row] for row in range(len(kinds))]


def small(latents: Tensor, decode: Callable[[Tensor], Tensor]) -> Tensor:
    """Pictures [batch, 3, 64, 64] on the CPU, from latents that are made smaller first."""
    return shrunk(decode(F.adaptive_avg_pool2d(latents, max(4, latents.shape[-1] // 4))))


def shrunk(pictures: Tensor) -> Tensor:
    """[batch, 3, 64, 64] on the CPU, of pictures of any size."""
    return F.interpolate(pictures.float(), (SMALL, SMALL)).clamp(-1, 1).cpu()
