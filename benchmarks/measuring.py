"""Time and memory of a drawing, and how far two drawings lie apart.

On a CPU only the time counts in which this process computes, so that its neighbours don't. On a GPU
it is the clock's.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from inference.backends.networks import Place

Work = Callable[[], list[Image.Image]]
EQUAL = 99.0  # decibels of pictures without any difference


@dataclass(frozen=True)
class Measured:
    """The pictures, the seconds of the best round, and GiB beyond what there was before."""

    pictures: list[Image.Image]
    seconds: float
    memory: float


def best(works: Sequence[Work], place: Place, rounds: int) -> list[Measured]:
    """Each work's best round of two or more. They take turns.

    The first round compiles and loads libraries, so that it is never the best.
    """
    all_rounds = [[_measured(work, place) for work in works] for _ in range(rounds)]
    return [
        replace(each[-1], seconds=min(one.seconds for one in each))
        for each in zip(*all_rounds, strict=True)
    ]


def seconds_of(work: Callable[[], object], place: Place) -> float:
    """Until the device is done."""
    began = _clock(place)
    work()
    return _clock(place) - began


def _clock(place: Place) -> float:
    if place.device.type != "cuda":
        return time.process_time()
    torch.cuda.synchronize(place.device)
    return time.perf_counter()


def _measured(work: Work, place: Place) -> Measured:
    before, began = _occupied(place), _clock(place)
    pictures = work()
    seconds = _clock(place) - began
    return Measured(pictures, seconds, (_peak(place) - before) / 2**30)


def _occupied(place: Place) -> int:
    """Bytes in use now; from here on the peak counts."""
    if place.device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(place.device)
        return torch.cuda.memory_allocated(place.device)
    Path("/proc/self/clear_refs").write_text("5")
    return _status("VmRSS")


def _peak(place: Place) -> int:
    if place.device.type == "cuda":
        return torch.cuda.max_memory_allocated(place.device)
    return _status("VmHWM")


def _status(field: str) -> int:
    """Bytes of this process, as Linux counts them."""
    lines = Path("/proc/self/status").read_text().splitlines()
    line = next(line for line in lines if line.startswith(field))
    return int(line.split()[1]) * 1024


def levels(ones: Sequence[Image.Image], others: Sequence[Image.Image]) -> float:
    """The largest difference anywhere, of 255."""
    return max(float(np.abs(apart).max()) for apart in _apart(ones, others))


def decibels(ones: Sequence[Image.Image], others: Sequence[Image.Image]) -> float:
    """The lowest peak signal-to-noise ratio of the pairs; EQUAL where they are equal."""
    worst = max(float(np.square(apart).mean()) for apart in _apart(ones, others))
    return min(EQUAL, 10 * math.log10(255**2 / worst)) if worst else EQUAL


def _apart(ones: Sequence[Image.Image], others: Sequence[Image.Image]) -> list[np.ndarray]:
    return [
        np.asarray(one, np.float64) - np.asarray(other, np.float64)
        for one, other in zip(ones, others, strict=True)
    ]
