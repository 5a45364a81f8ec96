"""Noise schedules, numbers of steps, and samplers of "predict the clean picture" callables."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn import functional as F

Denoiser = Callable[[Tensor, Tensor], Tensor]  # (noised, t of every row in 0…1) → clean
Watcher = Callable[[int, int, Tensor], None]  # (step done, steps, clean as predicted now)


@dataclass(frozen=True)
class Sampling:
    """How finely to draw. `python -m benchmarks.steps` measures what the defaults cost and save.

    The decoder is guided at times t in the interval `guided`; elsewhere guidance helps little
    (Kynkäänniemi et al. 2024). `upsampler_steps` are those to 256² and to 1024².
    """

    prior_steps: int = 16
    decoder_steps: int = 8
    upsampler_steps: tuple[int, int] = (2, 1)
    guidance_scale: float = 2.0
    guided: tuple[float, float] = (0.0, 1.0)
    order: int = 2

    def num_steps(self, upsamplers: int) -> int:
        """How many steps a watcher is told of."""
        return self.decoder_steps + sum(self.upsampler_steps[:upsamplers])


FAST = Sampling()
PLAIN = Sampling(64, 250, (27, 15), order=1)
"""The numbers of steps of Ramesh et al. 2022, table 3, with DDIM."""


def signal(t: Tensor) -> Tensor:
    """Share of the signal α(t) in a variance-preserving mix; cosine schedule, t in 0…1."""
    return torch.cos((t * 0.992 + 0.004) * math.pi / 2)


def noise_level(t: Tensor) -> Tensor:
    """σ(t) beside `signal`, α² + σ² = 1."""
    return torch.sin((t * 0.992 + 0.004) * math.pi / 2)


def noised(clean: Tensor, noise: Tensor, t: Tensor) -> Tensor:
    """x_t = αx0 + σε, each row at its own time of t [batch]."""
    alpha, sigma = _levels(t, clean)
    return alpha * clean + sigma * noise


def velocity(clean: Tensor, noise: Tensor, t: Tensor) -> Tensor:
    """v = αε − σx0, what the decoder predicts (Salimans & Ho 2022)."""
    alpha, sigma = _levels(t, clean)
    return alpha * noise - sigma * clean


def clean_from_v(x: Tensor, v: Tensor, t: Tensor) -> Tensor:
    """x0 = αx_t − σv (Salimans & Ho 2022, appendix D)."""
    alpha, sigma = _levels(t, x)
    return alpha * x - sigma * v


def guided(
    network: Callable[..., Tensor], x: Tensor, t: Tensor, both: Sequence[Tensor], scale: float
) -> Tensor:
    """What the network predicts, led away from what it predicts untold (Ho & Salimans 2021).

    Each of `both` [2 · batch, …] holds what it is told, and then what it is told of nothing.
    """
    told, free = network(x.repeat(2, 1, 1, 1), t.repeat(2), *both).chunk(2)
    return free + scale * (told - free)


def _levels(t: Tensor, like: Tensor) -> tuple[Tensor, Tensor]:
    """α and σ of each row, to be multiplied with tensors of that shape."""
    shape = (-1,) + (1,) * (like.dim() - 1)
    return signal(t).view(shape), noise_level(t).view(shape)


def sample(
    denoise: Denoiser, noise: Tensor, num_steps: int, watch: Watcher | None = None, *,
    order: int = 2, eta: Tensor | None = None, fresh: Callable[[], Tensor] | None = None,
    start: float = 1.0,
) -> Tensor:  # fmt: skip
    """From `noise`, at t = `start`, to a clean picture.

    By DPM-Solver++(2M) (Lu et al. 2022, algorithm 2): each step leads towards the clean picture as
    its last two guesses foretell it; with `order` 1 towards the last guess alone, which is DDIM
    (Song et al. 2021, eq. 12). `eta` [batch], 0 (deterministic) to 1 for each row, adds that much
    of `fresh` noise a step (eq. 16).
    """
    times = start * _times(num_steps, noise)
    x, before, last = noise, None, times[0]
    for step in range(num_steps):
        now, then = times[step], times[step + 1]
        clean = denoise(x, now.expand(len(x)))
        if watch is not None:
            watch(step + 1, num_steps, clean)
        if step + 1 == num_steps:
            return clean
        ahead = clean
        if before is not None and order == 2:
            ahead = clean + (clean - before) * _stride(now, then) / (2 * _stride(last, now))
        x = _renoised(x, ahead, now, then)
        if eta is not None and fresh is not None:
            direction = (x - signal(then) * ahead) / noise_level(then)
            added = eta.view(-1, *(1,) * (x.dim() - 1)) * _largest_noise(now, then)
            kept = (noise_level(then) ** 2 - added**2).sqrt()
            x = signal(then) * ahead + kept * direction + added * fresh()
        before, last = clean, now
    return x


def ddim_inversion(denoise: Denoiser, clean: Tensor, num_steps: int) -> Tensor:
    """The noise x_T at t = 1 that deterministic sampling leads back to `clean`.

    Song et al. 2021, §4.3: the same equation, with time running upwards.
    """
    times = _times(num_steps, clean).flip(0)
    x = clean
    for now, then in pairwise(times):
        x = _renoised(x, denoise(x, now.expand(len(x))), now, then)
    return x


def gaussians(shape: Sequence[int], generators: Sequence[torch.Generator]) -> Tensor:
    """Noise [batch, *shape], each row drawn by its own generator.

    Side by side: one core takes 30 ms for three million numbers, a GPU less for the whole picture.
    """
    with ThreadPoolExecutor() as threads:
        rows = threads.map(lambda one: torch.randn(tuple(shape), generator=one), generators)
        return torch.stack(list(rows))


def slerp(one: Tensor, other: Tensor, t: float) -> Tensor:
    """Along the arc between two tensors of like size: `one` at t = 0, `other` at 1."""
    cosine = (F.normalize(one.flatten(), dim=0) @ F.normalize(other.flatten(), dim=0)).clamp(-1, 1)
    angle = torch.arccos(cosine)
    if torch.sin(angle) < 1e-4:
        return torch.lerp(one, other, t)
    return (torch.sin((1 - t) * angle) * one + torch.sin(t * angle) * other) / torch.sin(angle)


def _times(num_steps: int, like: Tensor) -> Tensor:
    return torch.linspace(1, 0, num_steps + 1, dtype=torch.float64).float().to(like.device)


def _stride(now: Tensor, then: Tensor) -> Tensor:
    """How far a step goes in log(α/σ)."""
    return (signal(then) / noise_level(then)).log() - (signal(now) / noise_level(now)).log()


def _renoised(x: Tensor, clean: Tensor, now: Tensor, then: Tensor) -> Tensor:
    epsilon = (x - signal(now) * clean) / noise_level(now)
    return signal(then) * clean + noise_level(then) * epsilon


def _largest_noise(now: Tensor, then: Tensor) -> Tensor:
    """σ of a step with η = 1: as in DDPM."""
    share = noise_level(then) / noise_level(now)
    return share * (1 - (signal(now) / signal(then)) ** 2).sqrt()
