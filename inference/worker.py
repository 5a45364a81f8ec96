"""The worker: claims jobs, draws them together, stores the pictures, ends the jobs.

It alone, of this room, knows the database; the drawing runs in a thread beside the loop.
"""

from __future__ import annotations

import asyncio
import io
import logging
import os
import socket
import time
from collections.abc import Sequence
from typing import Any, Literal

from PIL import Image
from torch import Tensor

from config import Config
from db import images, jobs, registry
from db.engine import Database
from db.errors import FiveSquaresError
from db.store import ImageStore
from db.tables import Job
from inference.authority import open_authority
from inference.backends.backend import Backend, NotServed
from inference.batches import Batches, Outcome, Stopped
from inference.canvas import to_picture
from inference.drafting import drafts_of
from inference.model import choose_device
from inference.pipeline import Draft
from inference.safety.safety import open_checks
from inference.screening import Screen, Source
from inference.sealing import Parent
from inference.signature import sign
from inference.storing import Files
from uploads import UnusableMask

log = logging.getLogger(__name__)
_REPORT_EVERY = 0.5  # seconds
_TEND_EVERY = 30.0  # seconds
_POLL = 2.0  # seconds, behind the database's own hint


class Lost(Stopped):
    """None of the claimed jobs is this worker's any more."""


class Worker:
    """Serves one lane, the queue of one model."""

    def __init__(
        self, config: Config, database: Database, store: ImageStore, backend: Backend
    ) -> None:
        self._lane = config.model
        self._config = config.inference
        self._database = database
        self._store = store
        self._backend = backend
        self._batches = Batches(backend, config.inference.max_batch)
        checks = open_checks(config, choose_device(config.inference.device))
        self._checks = Screen(database, store, checks, config.policy.actions)
        self._authority = open_authority(config.data_dir)
        self._files = Files(store, self._authority, backend.card.name)
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._progress: tuple[int, int, Tensor] | None = None
        self._mine: set[int] = set()
        self._firsts: dict[int, int] = {}

    async def run(self) -> None:
        """Serves until cancelled. Raises TooLarge."""
        if choose_device(self._config.device).startswith("cuda"):
            await asyncio.to_thread(self._batches.warm)
        async with self._database.write() as session:
            await jobs.register_lane(session, self._lane, self._backend.card.told())
            now = await self._database.now(session)
            await registry.trust(session, self._authority.certificate, now)
        tended = -_TEND_EVERY
        while True:
            if time.monotonic() - tended >= _TEND_EVERY:
                await self._tend()
                tended = time.monotonic()
            if not await self.work_once():
                await self._database.wait("jobs", _POLL)

    async def _tend(self) -> None:
        async with self._database.write() as session:
            moved = await jobs.tend_lane(session, self._lane, await self._database.now(session))
        if moved:
            log.info("took %d jobs that waited for another model", moved)

    async def work_once(self) -> int:
        """Claims and ends one batch; returns how many jobs that were."""
        async with self._database.write() as session:
            now = await self._database.now(session)
            await jobs.rescue(session, now)
            claimed = await jobs.claim(
                session, self._lane, self._name, self._batches.cap,
                self._config.lease_seconds, now,
            )  # fmt: skip
        if claimed:
            await self._serve(claimed)
        return len(claimed)

    async def _serve(self, claimed: Sequence[Job]) -> None:
        self._progress, self._firsts = None, {}
        self._mine = {job.id for job in claimed}
        holding = asyncio.create_task(self._hold(claimed))
        try:
            sources = [await self._sources(job) for job in claimed]
            await self._screen("upload", claimed, [_brought(row) for row in sources])
            drafts: list[list[Draft]] = []
            for job, row in zip(claimed, sources, strict=True):
                self._firsts[job.id] = sum(map(len, drafts))
                drafts.append(await self._drafts(job, row))
            outcomes = await asyncio.to_thread(self._batches.draw, drafts, self._watch)
            await self._screen("output", claimed, [_drawn(outcome) for outcome in outcomes])
            for job, outcome in zip(claimed, outcomes, strict=True):
                if job.id not in self._mine:
                    continue
                if isinstance(outcome, Exception):
                    log.warning("job %s failed: %s", job.id, type(outcome).__name__)
                    await self._fail(job, outcome)
                else:
                    await self._finish(job, outcome)
        except Lost:
            log.info("a batch was cancelled")
        except asyncio.CancelledError:
            await self._give_back(claimed)
            raise
        except Exception as error:
            log.exception("a batch failed: %s", type(error).__name__)
            for job in claimed:
                await self._fail(job, error)
        finally:
            holding.cancel()

    async def _give_back(self, claimed: Sequence[Job]) -> None:
        """A worker that is told to stop leaves its jobs to the next one at once."""
        self._mine = set()
        async with self._database.write() as session:
            for job in claimed:
                await jobs.release(session, job.id, job.attempt, None)

    async def _screen(
        self,
        stage: Literal["upload", "output"],
        claimed: Sequence[Job],
        pictures: Sequence[Sequence[Source]],
    ) -> None:
        """Ends jobs that may not be drawn, or whose pictures may not be shown."""
        outcomes = await self._checks.look(stage, claimed, pictures)
        for job, outcome in zip(claimed, outcomes, strict=True):
            if isinstance(outcome, Exception):
                await self._fail(job, outcome)
            if outcome is not None:
                self._mine.discard(job.id)

    async def _drafts(self, job: Job, sources: Sequence[Source]) -> list[Draft]:
        """One a picture; none for a job that can't be drawn as it was asked for: it ends here."""
        if job.id not in self._mine:
            return []
        try:
            pictures = [source.picture for source in sources]
            named = job.params.get("mask")
            mask = None if named is None else (await self._source(named)).picture
            return await asyncio.to_thread(drafts_of, self._backend, job, pictures, mask)
        except (UnusableMask, NotServed) as error:
            self._mine.discard(job.id)
            async with self._database.write() as session:
                now = await self._database.now(session)
                await jobs.decline(session, job.id, job.attempt, now, str(error))
        except Exception as error:
            await self._break(job, error)
        return []

    async def _sources(self, job: Job) -> list[Source]:
        """None for a job whose pictures can't be read: it ends here."""
        try:
            return [await self._source(image_id) for image_id in job.params["sources"]]
        except Exception as error:
            await self._break(job, error)
            return []

    async def _break(self, job: Job, error: Exception) -> None:
        """Ends a job before it is drawn, and lets the others of its batch go on."""
        log.warning("job %s can't be begun: %s", job.id, type(error).__name__)
        self._mine.discard(job.id)
        await self._fail(job, error)

    async def _source(self, image_id: int) -> Source:
        """The unsigned picture that an operation starts from, or its mask."""
        async with self._database.read() as session:
            image = await images.get(session, image_id)
        assert image is not None
        picture = Image.open(io.BytesIO(await self._store.get(image.master_key))).convert("RGB")
        return Source(picture, image.sha256 if image.brought_by else None)

    def _watch(self, step: int, total: int, pixels: Tensor) -> None:
        """Runs in the drawing thread."""
        if not self._mine:
            raise Lost
        self._progress = (step, total, pixels)

    async def _hold(self, claimed: Sequence[Job]) -> None:
        """Keeps the leases and reports progress, until cancelled."""
        beat, shown = time.monotonic(), None
        while True:
            await asyncio.sleep(_REPORT_EVERY)
            progress = self._progress
            beating = time.monotonic() - beat > self._config.lease_seconds / 4
            async with self._database.write() as session:
                now = await self._database.now(session)
                for job in claimed:
                    if beating or progress is not shown:
                        await self._report(session, job, progress, now)
            if beating:
                beat = time.monotonic()
            shown = progress

    async def _report(self, session: Any, job: Job, progress: Any, now: Any) -> None:
        lease = self._config.lease_seconds
        if not await jobs.heartbeat(session, job.id, job.attempt, lease, now):
            self._mine.discard(job.id)
        elif progress is not None and job.id in self._mine:
            step, total, pixels = progress
            preview = _preview(pixels[self._firsts[job.id]])
            await jobs.report_progress(session, job.id, job.attempt, step, total, preview, now)

    async def _finish(self, job: Job, pictures: Sequence[Image.Image]) -> None:
        """Stores first, then ends the job and adds its rows in one transaction."""
        parents = [await self._parent(image_id) for image_id in job.params["sources"]]
        files = [await self._files.put(job, i, p, parents) for i, p in enumerate(pictures)]
        async with self._database.write() as session:
            now = await self._database.now(session)
            result = self._backend.misread(job.params["prompt"])
            if not await jobs.finish(session, job.id, job.attempt, now, result):
                return
            for i, (picture, stored) in enumerate(zip(pictures, files, strict=True)):
                await images.add(
                    session, job.id, i, job.params["seed"] + i, picture.width, picture.height,
                    stored.master_key, stored.signed_key, stored.sha256, job.params["sources"], now,
                    stored.fingerprint,
                )  # fmt: skip

    async def _parent(self, image_id: int) -> Parent:
        """What may be told of a picture that others come from; of an upload, that it was one."""
        async with self._database.read() as session:
            image = await images.get(session, image_id)
        assert image is not None
        if image.signed_key is None:
            return Parent("a picture that a member brought")
        file = await self._store.get(image.signed_key)
        return Parent(f"five-squares-{image.job_id}-{image.index + 1}.png", file)

    async def _fail(self, job: Job, error: Exception) -> None:
        reason = str(error) if isinstance(error, FiveSquaresError) else type(error).__name__
        async with self._database.write() as session:
            now = await self._database.now(session)
            await jobs.fail(session, job.id, job.attempt, now, reason, retry=True)


def _brought(sources: Sequence[Source]) -> list[Source]:
    return [source for source in sources if source.brought is not None]


def _drawn(outcome: Outcome) -> list[Source]:
    """The pictures as they would leave."""
    return [] if isinstance(outcome, Exception) else [Source(sign(drawn)) for drawn in outcome]


def _preview(pixels: Tensor) -> bytes:
    out = io.BytesIO()
    to_picture(pixels).save(out, "WEBP", quality=60)
    return out.getvalue()
