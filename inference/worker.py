"""The worker: claims jobs, draws them together, stores the pictures, ends the jobs.

With its `held` and `screening` it alone, of this room, knows the database. The drawing runs in a
thread beside the loop, and the next one while the pictures of the last are looked at and stored.
"""

from __future__ import annotations

import asyncio
import io
import logging
import os
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import torch
from PIL import Image

from config import Config
from db import images, lanes, queue, registry
from db.engine import Database, Session
from db.errors import FiveSquaresError, where
from db.store import ImageStore
from db.tables import Job, State, file_name
from inference.authority import open_authority
from inference.backends.backend import Backend, NotServed
from inference.batches import Batches, Outcome
from inference.draft import Draft, seed_of
from inference.drafting import drafts_of
from inference.held import Held, Lost
from inference.model import choose_device
from inference.safety.safety import open_checks
from inference.screening import Screen, Source
from inference.sealing import Parent
from inference.signature import sign
from inference.storing import Files, Stored
from uploads import UnusableMask

log = logging.getLogger(__name__)
_TEND_EVERY = 30.0  # seconds
_POLL = 2.0  # seconds, behind the database's own hint


@dataclass(frozen=True)
class Begun:
    """A job's drafts, one a picture, and which of its words the model misread.

    One that can't be drawn as it was asked for has none: it has ended.
    """

    drafts: Sequence[Draft] = ()
    misread: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Drawn:
    """What became of a job in the drawing."""

    job: Job
    outcome: Outcome
    misread: dict[str, list[str]]


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
        device = choose_device(config.inference.device)
        checks = open_checks(config, device)
        self._checks = Screen(database, store, checks, config.policy.actions)
        self._authority = open_authority(config.data_dir)
        self._files = Files(store, self._authority, backend.card.name)
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._gpu = device if device.startswith("cuda") else None
        self._previews = not config.safety.classifier  # it looks at finished pictures alone
        self._ending: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Serves until cancelled. Raises TooLarge, or AcceleratorError once its GPU fails it."""
        if self._gpu:
            await asyncio.to_thread(self._batches.warm)
        async with self._database.write() as session:
            await lanes.register(session, self._lane, self._backend.card.told())
            now = await self._database.now(session)
            await registry.trust(session, self._authority.certificate, now)
        tended = -_TEND_EVERY
        try:
            while True:
                try:
                    if time.monotonic() - tended >= _TEND_EVERY:
                        await self._tend()
                        tended = time.monotonic()
                    if not await self._serve():
                        await self._database.wait("jobs", _POLL)
                except torch.AcceleratorError:
                    raise
                except Exception as error:  # such as a database that starts anew
                    log.error("it could not serve: %s", type(error).__name__)
                    await asyncio.sleep(_POLL)
        finally:
            await self._ended()

    async def work_once(self) -> int:
        """Claims and ends one batch; returns how many jobs that were."""
        count = await self._serve()
        await self._ended()
        return count

    async def _tend(self) -> None:
        async with self._database.write() as session:
            moved = await lanes.tend(session, self._lane, await self._database.now(session))
        if moved:
            log.info("took %d jobs that waited for another model", moved)

    async def _serve(self) -> int:
        """Claims and draws a batch; what becomes of its pictures goes on beside the next one."""
        held = await self._claim()
        if held is None:
            return 0
        try:
            drawn = await self._draw(held)
            await self._ended()
        except asyncio.CancelledError:
            await held.give_back()
            raise
        except Exception:
            held.let_go()
            raise
        self._ending = asyncio.create_task(self._end(held, drawn))
        return len(held.jobs)

    async def _ended(self) -> None:
        """When the pictures of the last batch are stored, whoever stops waiting for it.

        What could not be ended is drawn again when its lease is over.
        """
        try:
            if self._ending is not None:
                await asyncio.shield(self._ending)
        except Exception as error:
            log.error("a batch could not be ended: %s", type(error).__name__)

    async def _claim(self) -> Held | None:
        """Raises AcceleratorError where a kernel has failed: then all would, in this process."""
        if self._gpu:
            await asyncio.to_thread(torch.cuda.synchronize, self._gpu)
        async with self._database.write() as session:
            now = await self._database.now(session)
            await queue.rescue(session, now)
            claimed = await queue.claim(
                session, self._lane, self._name, self._batches.cap,
                self._config.lease_seconds, now,
            )  # fmt: skip
        lease = self._config.lease_seconds
        return Held(self._database, claimed, lease, self._previews) if claimed else None

    async def _draw(self, held: Held) -> list[Drawn]:
        """What became of those jobs that went the whole way; the others have ended."""
        try:
            sources = [await self._sources(held, job) for job in held.jobs]
            await self._screen("upload", held, [_brought(row) for row in sources])
            begun: list[Begun] = []
            for job, row in zip(held.jobs, sources, strict=True):
                held.firsts[job.id] = sum(len(each.drafts) for each in begun)
                begun.append(await self._begin(held, job, row))
            drafts = [each.drafts for each in begun]
            outcomes = await asyncio.to_thread(self._batches.draw, drafts, held.watch)
            rows = zip(held.jobs, outcomes, begun, strict=True)
            return [Drawn(job, outcome, each.misread) for job, outcome, each in rows]
        except Lost:
            log.info("a batch was cancelled")
        except Exception as error:
            await self._fail_all(held, error)
        return []

    async def _end(self, held: Held, drawn: Sequence[Drawn]) -> None:
        """Looks at the pictures and stores those that may leave."""
        held.moved()
        try:
            if drawn:
                await self._screen("output", held, [_drawn(each.outcome) for each in drawn])
            for each in drawn:
                if each.job.id in held.mine:
                    await self._finish(each)
        except Exception as error:
            await self._fail_all(held, error)
        finally:
            held.let_go()

    async def _fail_all(self, held: Held, error: Exception) -> None:
        log.error("a batch failed: %s\n%s", type(error).__name__, where(error))
        for job in held.jobs:
            await self._fail(job, error)

    async def _screen(
        self,
        stage: Literal["upload", "output"],
        held: Held,
        pictures: Sequence[Sequence[Source]],
    ) -> None:
        """Ends jobs that may not be drawn, or whose pictures may not be shown."""
        outcomes = await self._checks.look(stage, held.jobs, pictures)
        for job, outcome in zip(held.jobs, outcomes, strict=True):
            if isinstance(outcome, Exception):
                await self._fail(job, outcome)
            if outcome is not None:
                held.mine.discard(job.id)

    async def _sources(self, held: Held, job: Job) -> list[Source]:
        """None for a job whose pictures can't be read: it ends here."""
        try:
            return [await self._source(image_id) for image_id in job.params["sources"]]
        except Exception as error:
            await self._break(held, job, error)
            return []

    async def _begin(self, held: Held, job: Job, sources: Sequence[Source]) -> Begun:
        if job.id not in held.mine:
            return Begun()
        try:
            pictures = [source.picture for source in sources]
            named = job.params.get("mask")
            mask = None if named is None else (await self._source(named)).picture
            asked = job.operation.value, job.params, pictures, mask
            drafts = await asyncio.to_thread(drafts_of, self._backend, *asked)
            words = [job.params[name] for name in ("before", "prompt") if name in job.params]
            return Begun(drafts, self._backend.misread(*words))
        except (UnusableMask, NotServed) as error:
            held.mine.discard(job.id)
            async with self._database.write() as session:
                now = await self._database.now(session)
                await queue.decline(session, job.id, job.attempt, now, str(error))
        except Exception as error:
            await self._break(held, job, error)
        return Begun()

    async def _break(self, held: Held, job: Job, error: Exception) -> None:
        """Ends a job before it is drawn, and lets the others of its batch go on."""
        log.warning("job %s can't be begun: %s", job.id, type(error).__name__)
        held.mine.discard(job.id)
        await self._fail(job, error)

    async def _source(self, image_id: int) -> Source:
        """The unsigned picture that an operation starts from, or its mask."""
        async with self._database.read() as session:
            image = await images.get(session, image_id)
        assert image is not None
        picture = Image.open(io.BytesIO(await self._store.get(image.master_key))).convert("RGB")
        return Source(picture, image.sha256 if image.brought_by else None)

    async def _finish(self, drawn: Drawn) -> None:
        """A failure of one job, in the drawing or the storing, is its own."""
        try:
            await self._keep(drawn)
        except Exception as error:
            log.warning("job %s failed: %s", drawn.job.id, type(error).__name__)
            await self._fail(drawn.job, error)

    async def _keep(self, drawn: Drawn) -> None:
        """Stores first, then ends the job and adds its rows in one transaction.

        Raises what the drawing failed with.
        """
        job, pictures = drawn.job, drawn.outcome
        if isinstance(pictures, Exception):
            raise pictures
        parents = [await self._parent(image_id) for image_id in job.params["sources"]]
        files = await self._files.put(job, pictures, parents)
        named = True
        try:
            async with self._database.write() as session:
                now = await self._database.now(session)
                named = await queue.finish(session, job.id, job.attempt, now, drawn.misread)
                if named:
                    await _add(session, job, pictures, files, now)
        except Exception:  # also where all was committed, and only the answer was lost
            named = await self._has_ended_well(job)
            raise
        finally:
            if not named:
                await self._files.drop(files)

    async def _has_ended_well(self, job: Job) -> bool:
        """Waits for a commit that is still under way."""
        async with self._database.write() as session:
            now = await session.get_one(Job, job.id, with_for_update=True)
            return now.state is State.succeeded and now.attempt == job.attempt

    async def _parent(self, image_id: int) -> Parent:
        """What may be told of a picture that others come from; of an upload, that it was one."""
        async with self._database.read() as session:
            image = await images.get(session, image_id)
        assert image is not None
        if image.signed_key is None:
            return Parent("a picture that a member brought")
        file = await self._store.get(image.signed_key)
        return Parent(file_name(image.number), file)

    async def _fail(self, job: Job, error: Exception) -> None:
        reason = str(error) if isinstance(error, FiveSquaresError) else type(error).__name__
        async with self._database.write() as session:
            now = await self._database.now(session)
            await queue.fail(session, job.id, job.attempt, now, reason, retry=True)


def _brought(sources: Sequence[Source]) -> list[Source]:
    return [source for source in sources if source.brought is not None]


def _drawn(outcome: Outcome) -> list[Source]:
    """The pictures as they would leave."""
    return [] if isinstance(outcome, Exception) else [Source(sign(drawn)) for drawn in outcome]


async def _add(
    session: Session,
    job: Job,
    pictures: Sequence[Image.Image],
    files: Sequence[Stored],
    now: datetime,
) -> None:
    """A row for each of the job's pictures."""
    for i, (picture, stored) in enumerate(zip(pictures, files, strict=True)):
        await images.add(
            session, job.id, i, seed_of(job.params["seed"], i), picture.width, picture.height,
            stored.master_key, stored.signed_key, stored.sha256, job.params["sources"], now,
            stored.fingerprint,
        )  # fmt: skip
