"""The loop from noise to a clean sample, around networks and schedules of diffusers.

Knows no network. A generator a row makes a row the same in whatever batch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from diffusers import UnCLIPScheduler
from diffusers.utils.torch_utils import randn_tensor
from torch import Tensor

from inference.transfers import onto

Predict = Callable[[Tensor, Tensor], Tensor]  # (noised, timestep) → what the schedule wants
Watcher = Callable[[int, int, Tensor], None]  # (step done, steps, clean as predicted now)
Keep = Callable[[Tensor, Tensor | None], Tensor]  # (noised, its timestep, None when clean) → noised


def start(
    shape: Sequence[int], generators: Sequence[torch.Generator], like: Tensor, schedule: Any
) -> Tensor:
    """x_T [batch, *shape], on the device and in the precision of `like`."""
    size = (len(generators), *shape)
    noise = randn_tensor(size, generator=list(generators), dtype=like.dtype)
    return onto(noise, like.device) * schedule.init_noise_sigma


def denoise(
    schedule: Any, predict: Predict, noise: Tensor, num_steps: int,
    generators: Sequence[torch.Generator], watch: Watcher | None = None, keep: Keep | None = None,
) -> Tensor:  # fmt: skip
    """Carries `noise` through all steps of the schedule.

    The schedule looks its times up on the CPU, so that no step waits for the device.
    """
    schedule.set_timesteps(num_steps)
    times, on_device = schedule.timesteps, schedule.timesteps.to(noise.device)
    x = noise
    for step, now in enumerate(times):
        then = times[step + 1] if step + 1 < num_steps else None
        told = {"prev_timestep": then} if isinstance(schedule, UnCLIPScheduler) else {}
        output = predict(x, on_device[step])
        moved = schedule.step(output, now, x, generator=list(generators), **told)
        x = moved.prev_sample if keep is None else keep(moved.prev_sample, then)
        if watch is not None:
            watch(step + 1, num_steps, moved.pred_original_sample)
    return x


def guide(output: Tensor, scale: float) -> Tensor:
    """Classifier-free guidance of [2·batch, …], first the rows that were told nothing."""
    free, told = output.chunk(2)
    return free + scale * (told - free)


def guide_noise(output: Tensor, channels: int, scale: float) -> Tensor:
    """The same where the network predicts noise and, in further channels, its variance."""
    noise, variance = output.split(channels, dim=1)
    return torch.cat((guide(noise, scale), variance.chunk(2)[1]), dim=1)
