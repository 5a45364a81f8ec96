"""Jobs that a worker has claimed: their leases are kept, and their progress told, until they end.

It and `screening` are the worker's hands in the database.
"""

from __future__ import annotations

import asyncio
import io
import logging
import os
import time
from collections.abc import Sequence
from datetime import datetime

from torch import Tensor

from db import queue
from db.engine import Database, Session
from db.tables import Job
from inference.batches import Stopped
from inference.canvas import to_picture

log = logging.getLogger(__name__)
_REPORT_EVERY = 0.5  # seconds
STUCK = 1800.0
"""Seconds without a step after which a drawing is taken to hang: the slowest, on a CPU, take few
minutes a step."""


class Lost(Stopped):
    """None of the claimed jobs is this worker's any more."""


class Held:
    """The jobs of one claim; `mine` are those that were not cancelled or ended meanwhile.

    Their pictures are shown while they are drawn, if `previews`.
    """

    def __init__(
        self, database: Database, claimed: Sequence[Job], lease_seconds: int, previews: bool = True
    ) -> None:
        self.jobs = claimed
        self.mine = {job.id for job in claimed}
        self.firsts: dict[int, int] = {}
        """Where the pictures of each job begin among those that are drawn."""
        self._database, self._lease, self._previews = database, lease_seconds, previews
        self._moved = time.monotonic()
        self._progress: tuple[int, int, Tensor] | None = None
        self._holding = asyncio.create_task(self._hold())

    def watch(self, step: int, total: int, pixels: Tensor) -> None:
        """Told in the drawing thread. Raises Lost."""
        self.moved()
        if not self.mine:
            raise Lost
        self._progress = (step, total, pixels)

    def moved(self) -> None:
        """The work goes on."""
        self._moved = time.monotonic()

    def let_go(self) -> None:
        """All have ended."""
        self._holding.cancel()

    async def give_back(self) -> None:
        """A worker that is told to stop leaves its jobs to the next one at once."""
        self.mine = set()
        try:
            async with self._database.write() as session:
                for job in self.jobs:
                    await queue.release(session, job.id, job.attempt, None)
        except Exception as error:  # then they are the next one's when their leases are over
            log.warning("jobs could not be given back: %s", type(error).__name__)
        finally:
            self.let_go()

    async def _hold(self) -> None:
        beat, shown = time.monotonic(), None
        while True:
            await asyncio.sleep(_REPORT_EVERY)
            if time.monotonic() - self._moved > STUCK:
                _end_process([job.id for job in self.jobs])
            progress = self._progress
            beating = time.monotonic() - beat > self._lease / 4
            try:
                if beating or progress is not shown:
                    async with asyncio.timeout(self._lease), self._database.write() as session:
                        now = await self._database.now(session)
                        for job in self.jobs:
                            await self._report(session, job, now)
            except Exception as error:  # such as a database that starts anew: again in a moment
                log.warning("a lease could not be kept: %s", type(error).__name__)
                continue
            if beating:
                beat = time.monotonic()
            shown = progress

    async def _report(self, session: Session, job: Job, now: datetime) -> None:
        if not await queue.heartbeat(session, job.id, job.attempt, self._lease, now):
            self.mine.discard(job.id)
        elif self._progress is not None and job.id in self.mine:
            step, total, pixels = self._progress
            preview = _preview(pixels[self.firsts[job.id]]) if self._previews else None
            await queue.report_progress(session, job.id, job.attempt, step, total, preview, now)


def _end_process(stuck: Sequence[int]) -> None:
    """A thread that hangs can't be ended, only its process: the jobs go to the one after it."""
    log.critical("jobs %s have not moved for %.0f minutes: this worker ends", stuck, STUCK / 60)
    os._exit(1)


def _preview(pixels: Tensor) -> bytes:
    out = io.BytesIO()
    to_picture(pixels).save(out, "WEBP", quality=60)
    return out.getvalue()
