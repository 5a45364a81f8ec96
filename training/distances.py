"""How two sets of pictures differ as sets: quality, collapse, memorising. Knows no model.

All take a row of numbers a picture: a verifier's features [n, d], or pixels.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

import torch
from torch import Tensor


def kernel_distance(one: Tensor, other: Tensor) -> float:
    """Squared maximum mean discrepancy with a cubic kernel (Bińkowski et al. 2018, "KID").

    About zero for two sets of one kind, however few they are, where Fréchet's distance is not. In
    units of the other rows' length, so that it does not depend on the features' scale.
    """
    one, other = one.double(), other.double()
    length = other.square().sum(1).mean()

    def kernel(a: Tensor, b: Tensor) -> Tensor:
        return (a @ b.T / length + 1) ** 3

    def within(a: Tensor) -> Tensor:
        pairs = kernel(a, a)
        return (pairs.sum() - pairs.trace()) / (len(a) * (len(a) - 1))

    return float(within(one) + within(other) - 2 * kernel(one, other).mean())


def spread(rows: Tensor) -> float:
    """Mean distance of two of the pictures: small where a model has collapsed."""
    return float(torch.pdist(rows).mean())


def nearest(rows: Tensor, known: Iterable[Tensor]) -> float:
    """Mean distance to the nearest known picture: small where a model has memorised.

    All that training saw must be among the parts of `known`; one is looked at after the other.
    """
    parts = (torch.cdist(rows, part).amin(1) for part in known)
    return float(reduce(torch.minimum, parts).mean())
