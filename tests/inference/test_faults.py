"""What breaks, and what of it members notice: jobs, the disk, the database, the GPU."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

import pytest
import torch
from PIL import Image
from sqlalchemy import text as sql
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from config import Config, InferenceConfig
from db import credits, images, lanes, queue
from db.engine import utcnow
from db.errors import StorageFull
from db.tables import Operation, State
from inference import worker
from inference.backends.mini import Mini
from inference.draft import Draft, Watch
from inference.model import Model
from inference.screening import Screen
from inference.worker import Worker
from tests.inference.shop import FRIEND, MEMBER, Shop


async def test_a_job_that_cannot_be_drawn_is_refunded_after_three_attempts(shop: Shop) -> None:
    first = await shop.order("a")
    await shop.worker.work_once()
    async with shop.database.read() as session:
        image = (await images.of_job(session, first))[0]
    await shop.store.delete(image.master_key)
    second = await shop.order("b", MEMBER, Operation.variation, sources=[image.id])
    assert await shop.balance() == 48
    states = []
    for _ in range(3):
        await shop.worker.work_once()
        states.append((await shop.job(second)).state)
    assert states == [State.queued, State.queued, State.failed]
    assert await shop.balance() == 49


async def test_a_job_that_cannot_be_begun_takes_no_other_with_it(shop: Shop) -> None:
    gone, here = [await shop.bring(Image.new("RGB", (64, 64))) for _ in range(2)]
    await shop.store.delete(f"{gone}.png")
    bad = await shop.order("a", MEMBER, Operation.variation, sources=[gone], images=1)
    good = await shop.order("b", FRIEND, Operation.variation, sources=[here], images=1)
    assert await shop.worker.work_once() == 2
    assert (await shop.job(good)).state is State.succeeded
    assert (await shop.job(bad)).state is State.queued


class Poisoned(Mini):
    """The small model, which can't stand one prompt, at one stage of a job."""

    def __init__(self, model: Model, stage: str) -> None:
        super().__init__(model)
        self.stage = stage

    def stumble(self, stage: str, prompt: str) -> None:
        if (stage, prompt) == (self.stage, "a red poison"):
            raise ValueError

    def text_to_image(self, prompt: str, seed: int) -> Draft:
        self.stumble("drafting", prompt)
        return super().text_to_image(prompt, seed)

    def misread(self, *prompts: str) -> dict[str, list[str]]:
        self.stumble("reading", *prompts)
        return super().misread(*prompts)

    def draw(self, drafts: Sequence[Draft], watch: Watch | None = None) -> list[Image.Image]:
        def seen(step: int, *told: Any) -> None:
            assert watch is not None
            watch(step, *told)
            if step == 3:
                for draft in drafts:
                    self.stumble("drawing", draft.prompt)

        return super().draw(drafts, seen)


@pytest.mark.parametrize("stage", ["drafting", "reading", "drawing"])
async def test_a_job_that_breaks_at_any_stage_takes_no_other_with_it(
    shop: Shop, model: Model, stage: str
) -> None:
    backend = Poisoned(model, stage)
    worker = Worker(Config(data_dir=shop.folder), shop.database, shop.store, backend)
    words = ("a red cube", "a red poison", "a blue ball")
    one, bad, other = [
        await shop.order(prompt, member, prompt=prompt, images=1)
        for member, prompt in enumerate(words, MEMBER)
    ]
    assert await worker.work_once() == 3
    for good in (one, other):
        assert (await shop.job(good)).state is State.succeeded
        assert (await shop.job(good)).attempt == 1
    for _ in range(2):
        assert (await shop.job(bad)).state is State.queued
        assert await worker.work_once() == 1
    assert (await shop.job(bad)).state is State.failed
    async with shop.database.read() as session:
        assert await credits.balance(session, 2, utcnow()) == 50


@pytest.mark.parametrize("trouble", ["cancelled", "full", "unnamed", "taken"])
async def test_what_was_stored_for_nothing_is_taken_away_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    """No row would name it, so nothing else would; what another database put there stays."""
    job_id = await shop.order("a")
    put, others = shop.store.put, {"1-2.signed.png"} if trouble == "taken" else set()
    for name in others:
        await put(f"1/{name}", b"another's")

    async def putting(key: str, data: bytes) -> None:
        if trouble == "full" and "signed" in key:
            raise StorageFull
        await put(key, data)
        async with shop.database.write() as session:
            if trouble == "cancelled":
                await queue.cancel(session, job_id, utcnow())

    async def adding(*given: object) -> None:
        raise OperationalError("INSERT", (), Exception("disk I/O error"))

    monkeypatch.setattr(shop.store, "put", putting)
    if trouble == "unnamed":
        monkeypatch.setattr(images, "add", adding)
    await shop.worker.work_once()
    left = (shop.folder / "images").rglob("*")
    assert {path.name for path in left if path.is_file()} == others


async def test_a_database_that_is_away_for_a_moment_ends_no_worker(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_POLL", 0.01)
    write, away = shop.database.write, iter([True, False, True, False, True])

    def writing() -> AbstractAsyncContextManager[AsyncSession]:
        if next(away, False):
            raise OperationalError("SELECT", (), Exception("terminating connection"))
        return write()

    await shop.order("a", images=1)
    await shop.worker.work_once()  # so that its lane is there
    job_id = await shop.order("b", images=1)
    async with shop.database.write() as session:
        await lanes.register(session, "mini", {})
    working = asyncio.create_task(shop.worker.run())
    await asyncio.sleep(0)
    monkeypatch.setattr(shop.database, "write", writing)
    async with asyncio.timeout(60):
        while (await shop.job(job_id)).state is not State.succeeded:
            await asyncio.sleep(0.01)
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working


async def test_pictures_stay_where_only_the_answer_of_their_commit_was_lost(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id, write = await shop.order("a"), shop.database.write

    @asynccontextmanager
    async def writing() -> AsyncIterator[AsyncSession]:
        async with write() as session:
            yield session
        if (await shop.job(job_id)).state is State.succeeded:
            raise OperationalError("COMMIT", (), Exception("the connection was closed"))

    monkeypatch.setattr(shop.database, "write", writing)
    with suppress(OperationalError):  # noting that it failed is answered no better
        await shop.worker.work_once()
    async with shop.database.read() as session:
        for image in await images.of_job(session, job_id):
            assert await shop.store.get(image.signed_key)
    assert (await shop.job(job_id)).state is State.succeeded


async def test_a_worker_whose_gpu_fails_it_ends(
    shop: Shop, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a fault in a kernel every call of its process fails, and each would cost an attempt."""

    def fails(device: str) -> None:
        assert device == "cuda:1"
        raise torch.AcceleratorError("CUDA error: an illegal memory access was encountered")

    monkeypatch.setattr(worker, "choose_device", lambda wanted: "cuda:1")
    monkeypatch.setattr(torch.cuda, "synchronize", fails)
    config = Config(data_dir=shop.folder, inference=InferenceConfig(max_batch=1))
    job_id = await shop.order("a")
    with pytest.raises(torch.AcceleratorError):
        await Worker(config, shop.database, shop.store, Mini(model)).run()
    assert (await shop.job(job_id)).attempt == 0


async def test_the_log_says_where_a_batch_broke_and_no_word_of_its_prompt(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    values = {"prompt": "a red cube"}

    async def broken(*given: object) -> None:
        async with shop.database.write() as session:
            await session.execute(sql("INSERT INTO nowhere VALUES (:prompt)"), values)

    await shop.order("a")
    monkeypatch.setattr(Screen, "look", broken)
    await shop.worker.work_once()
    assert "a batch failed: OperationalError" in caplog.text and "in broken" in caplog.text
    assert "red cube" not in caplog.text
    async with shop.database.read() as session:
        with pytest.raises(OperationalError) as told:
            await session.execute(sql("SELECT * FROM nowhere WHERE x = :prompt"), values)
    assert "red cube" not in str(told.value)
