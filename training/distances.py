"""How two sets of pictures differ as sets: quality, collapse, memorising. Knows no model.

All take a row of numbers a picture: a verifier's features [n, d], or pixels.
"""

from __future__ import annotations

import torch
from torch import Tensor


def frechet(one: Tensor, other: Tensor) -> float:
    """Squared Fréchet distance of two normal distributions (Heusel et al. 2017, "FID")."""
    one, other = one.double(), other.double()
    covariances = torch.cov(one.T), torch.cov(other.T)
    # The trace of √(S₁S₂) is the sum of the roots of its eigenvalues.
    roots = torch.linalg.eigvals(covariances[0] @ covariances[1]).real.clamp(min=0).sqrt()
    apart = (one.mean(0) - other.mean(0)).square().sum()
    return float(apart + covariances[0].trace() + covariances[1].trace() - 2 * roots.sum())


def spread(rows: Tensor) -> float:
    """Mean distance of two of the pictures: small where a model has collapsed."""
    return float(torch.pdist(rows).mean())


def nearest(rows: Tensor, known: Tensor) -> float:
    """Mean distance to the nearest known picture: small where a model has memorised."""
    return float(torch.cdist(rows, known).amin(1).mean())
