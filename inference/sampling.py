"""Noise schedules and samplers: plain functions over "predict the clean picture" callables."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

Denoiser = Callable[[Tensor, Tensor], Tensor]  # (noised, t of every row in 0…1) → clean
Watcher = Callable[[int, int, Tensor], None]  # (step done, steps, clean as predicted now)


def signal(t: Tensor) -> Tensor:
    """Share of the signal α(t) in a variance-preserving mix; cosine schedule, t in 0…1."""
    return torch.cos((t * 0.992 + 0.004) * math.pi / 2)


def noise_level(t: Tensor) -> Tensor:
    """σ(t) beside `signal`, α² + σ² = 1."""
    return torch.sin((t * 0.992 + 0.004) * math.pi / 2)


def clean_from_v(noised: Tensor, v: Tensor, t: Tensor) -> Tensor:
    """x0 = αx − σv (Salimans & Ho 2022, appendix D)."""
    shape = (-1,) + (1,) * (noised.dim() - 1)
    return signal(t).view(shape) * noised - noise_level(t).view(shape) * v


def ddim(denoise: Denoiser, noise: Tensor, num_steps: int, watch: Watcher | None = None) -> Tensor:
    """Deterministic sampling (Song et al. 2021, eq. 12 with η = 0) from `noise` at t = 1."""
    times = torch.linspace(1, 0, num_steps + 1, dtype=torch.float64).float()
    x = noise
    for step in range(num_steps):
        now, then = times[step], times[step + 1]
        clean = denoise(x, now.expand(len(x)))
        if watch is not None:
            watch(step + 1, num_steps, clean)
        if step + 1 == num_steps:
            return clean
        epsilon = (x - signal(now) * clean) / noise_level(now)
        x = signal(then) * clean + noise_level(then) * epsilon
    return x
