"""Draws the drafts of several jobs within what the device can hold; one job's failure is its own.

Knows no database. The cap is what a rehearsal at the start found to fit, and halves whenever memory
runs out after all.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from itertools import accumulate

import torch
from PIL import Image
from torch import Tensor

from inference.backends.backend import Backend
from inference.backends.graphs import SIZES
from inference.draft import SMALL, Draft, Watch
from inference.errors import TooLarge

log = logging.getLogger(__name__)
NO_ROOM = (
    "The model leaves no room on this device to draw a picture; stop what else uses it, or set a "
    "smaller model in config.toml."
)
Outcome = list[Image.Image] | Exception


class Stopped(Exception):
    """Raised by a watch to end the drawing: no failure of a job."""


class Batches:
    """A backend, and how many pictures it draws at once."""

    def __init__(self, backend: Backend, cap: int) -> None:
        self.backend, self.cap = backend, cap

    def warm(self) -> None:
        """Rehearses every size up to the cap, which sinks to what the device can hold.

        Raises TooLarge where it can't hold a single picture.
        """
        fits, began = 0, time.monotonic()
        for size in [*(size for size in SIZES if size < self.cap), self.cap]:
            try:
                self.backend.rehearse(size)
            except torch.OutOfMemoryError as error:
                if not fits:
                    raise TooLarge(NO_ROOM) from error
                log.warning("%d pictures at once don't fit; it will be %d", size, fits)
                break
            fits = size
            seconds = time.monotonic() - began
            log.info("ready for %d of %d pictures at once after %.0f s", size, self.cap, seconds)
        self.cap = fits

    def draw(self, jobs: Sequence[Sequence[Draft]], watch: Watch) -> list[Outcome]:
        """The pictures of each job, or what went wrong with it alone. Raises Stopped."""
        drafts = [draft for job in jobs for draft in job]
        shown = torch.full((len(drafts), 3, SMALL, SMALL), -1.0)
        try:
            drawn = iter(self._within_cap(drafts, shown, watch))
            return [[next(drawn) for _ in job] for job in jobs]
        except Stopped:
            raise
        except Exception as error:
            if len(jobs) == 1:
                return [error]
            log.warning("a batch failed (%s); its jobs are tried alone", type(error).__name__)
        firsts = accumulate(map(len, jobs), initial=0)
        return [
            self.draw([job], _part(watch, shown, first))[0]
            for first, job in zip(firsts, jobs, strict=False)
        ]

    def _within_cap(
        self, drafts: Sequence[Draft], shown: Tensor, watch: Watch
    ) -> list[Image.Image]:
        drawn: list[Image.Image] = []
        while len(drawn) < len(drafts):
            some = drafts[len(drawn) : len(drawn) + self.cap]
            try:
                drawn += self.backend.draw(some, _part(watch, shown, len(drawn)))
            except torch.OutOfMemoryError:
                if len(some) == 1:
                    raise
                self.cap = len(some) // 2
                log.warning("out of memory: from now on %d pictures at once", self.cap)
        return drawn


def _part(watch: Watch, shown: Tensor, first: int) -> Watch:
    """Tells of a few rows as of all that are `shown`, one part after the other."""

    def tell(step: int, steps: int, now: Tensor) -> None:
        shown[first : first + len(now)] = now.float().cpu()
        watch((first * steps + len(now) * step) // len(shown), steps, shown.clone())

    return tell
