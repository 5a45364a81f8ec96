"""One training loop for every stage and any number of processes.

Warm-up, clipped gradients, EMA, checkpoints that resume, a log.
"""

from __future__ import annotations

import copy
import json
import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from training.optimizers import Optimizers
from training.processes import average, average_gradients, begin_alike, device, is_first


@dataclass(frozen=True)
class Recipe:
    """How long and how fast one stage learns; `batch` counts the rows of all processes."""

    steps: int
    batch: int
    rate: float = 2e-3
    decay: float = 0.01
    ema: float = 0.999
    warmup: int = 200
    save_every: int = 250
    log_every: int = 100
    muon: bool = True
    beta2: float = 0.99
    eps: float = 1e-8


def learning_rate(step: int, recipe: Recipe) -> float:
    """Linear warm-up, then a half cosine to a fiftieth."""
    rise = min(1.0, (step + 1) / recipe.warmup)
    fall = 0.51 + 0.49 * math.cos(math.pi * min(1.0, step / recipe.steps))
    return recipe.rate * rise * fall


def train(
    name: str, network: nn.Module, loss_at: Callable[[int], Tensor], recipe: Recipe, folder: Path
) -> nn.Module:
    """Minimise `loss_at(step)` and return the averaged network; resumes from FOLDER/NAME.ckpt.

    Every process calls it alike; the folder must be one that all of them see.
    """
    folder.mkdir(parents=True, exist_ok=True)
    begin_alike(network.to(device()))
    averaged = copy.deepcopy(network).requires_grad_(False)
    optimizers = Optimizers(
        network, recipe.decay, muon=recipe.muon, beta2=recipe.beta2, eps=recipe.eps
    )
    parts = (network, averaged, *optimizers.parts)
    checkpoint = folder / f"{name}.ckpt"
    first = _resume(checkpoint, *parts)
    began, losses = time.monotonic(), torch.zeros((), device=device())
    for step in range(first, recipe.steps):
        loss = loss_at(step)
        loss.backward()
        losses += loss.detach()  # read only when logged: no step waits for the device
        average_gradients(network)
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizers.step(learning_rate(step, recipe))
        share = 1 - min(recipe.ema, (step + 1) / (step + 10))
        with torch.no_grad():
            torch._foreach_lerp_(list(averaged.parameters()), list(network.parameters()), share)
        if (step + 1) % recipe.log_every == 0:
            summed = min(recipe.log_every, step + 1 - first)
            loss_now, seconds = average(losses.item() / summed), time.monotonic() - began
            _log(folder / f"{name}.jsonl", step + 1, loss_now, seconds)
            losses.zero_()
        if (step + 1) % recipe.save_every == 0 or step + 1 == recipe.steps:
            _save(checkpoint, step + 1, *parts)
    return averaged


def reached(name: str, folder: Path) -> int:
    """The steps that are behind a stage of that name in its run's folder."""
    checkpoint = folder / f"{name}.ckpt"
    if not checkpoint.exists():
        return 0
    return int(torch.load(checkpoint, mmap=True, weights_only=True)["step"])


def _resume(path: Path, *parts: nn.Module | torch.optim.Optimizer) -> int:
    if not path.exists():
        return 0
    state = torch.load(path, device(), weights_only=True)
    for part, saved in zip(parts, state["parts"], strict=True):
        part.load_state_dict(saved)
    return int(state["step"])


def _save(path: Path, step: int, *parts: nn.Module | torch.optim.Optimizer) -> None:
    if not is_first():
        return
    fresh = path.with_suffix(".new")
    torch.save({"step": step, "parts": [part.state_dict() for part in parts]}, fresh)
    fresh.replace(path)


def _log(path: Path, step: int, loss: float, seconds: float) -> None:
    if not is_first():
        return
    line = json.dumps({"step": step, "loss": round(loss, 5), "seconds": round(seconds, 1)})
    print(path.stem, line, file=sys.stderr, flush=True)
    with path.open("a") as log:
        log.write(line + "\n")
