"""How the colours of a drawing lead over to those of the picture it is set into.

After Pérez et al. 2003, "Poisson Image Editing": what the drawing lacks at the border is spread
over it as a membrane. Unlike there, only where the two differ little: that is a wrong tint of the
same sky; where they differ much, something else has been drawn. Knows no networks.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

GRID = 128
"""The side at which colours are compared, a power of two."""
ALIKE = 0.5
"""The distance of two colours in -1…1, root mean square, from which they are of two things."""
RELAXED = 16
"""Steps that smooth the membrane at every size."""


def missing(known: Tensor, drawn: Tensor) -> Tensor:
    """What to add to a drawing [3, GRID, GRID] in -1…1, within the mask, to meet the picture.

    `known` [4, GRID, GRID]: the picture's colours, 0 under the mask, and the mask; 1 = repainted.
    """
    kept, mask, drawn = known[None, :3], known[None, 3:], drawn[None]
    border = mask * (_mean(1 - mask, 5) > 0)
    differs = _mean_of(kept, 1 - mask, 5) - _mean_of(drawn, mask, 5)
    alike = torch.exp(-differs.square().mean(1, keepdim=True) / ALIKE**2)
    return _membrane(border * alike * differs, border, mask)[0]


def _membrane(values: Tensor, fixed: Tensor, within: Tensor) -> Tensor:
    """Smooth between `values`, which hold where `fixed` is 1: coarse to fine, then relaxed."""
    if values.shape[-1] == 1:
        return values / fixed.clamp_min(1e-6)
    coarse = _membrane(*(F.avg_pool2d(part, 2) for part in (values, fixed, within)))
    spread = F.interpolate(coarse, scale_factor=2, mode="bilinear")
    for _ in range(RELAXED):
        spread = values + (1 - fixed) * spread
        spread = _mean_of(spread, within, 3)
    return values + (1 - fixed) * spread


def _mean_of(values: Tensor, within: Tensor, side: int) -> Tensor:
    """Of those within alone."""
    return _mean(values * within, side) / _mean(within, side).clamp_min(1e-6)


def _mean(of: Tensor, side: int) -> Tensor:
    return F.avg_pool2d(of, side, stride=1, padding=side // 2, count_include_pad=False)
