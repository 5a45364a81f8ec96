"""The real worker on a real database, with the small model."""

import asyncio
import io
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from sqlalchemy import text as sql
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from config import Config, InferenceConfig, SafetyConfig
from db import credits, images, jobs
from db.engine import Database, open_database, utcnow
from db.errors import StorageFull
from db.store import ImageStore, open_store
from db.tables import Job, Operation, State
from inference import held, pipeline, worker
from inference.backends.auto import NO_EMBEDDINGS, Auto
from inference.backends.mini import Mini
from inference.backends.networks import Place
from inference.draft import Draft, Watch
from inference.held import Held
from inference.model import Model
from inference.screening import Screen
from inference.worker import Worker

MEMBER, FRIEND = 1, 2


@dataclass
class Shop:
    """A worker and what it stands on."""

    database: Database
    store: ImageStore
    worker: Worker
    folder: Path

    async def order(
        self,
        request: str,
        member: int = MEMBER,
        operation: Operation = Operation.text_to_image,
        batch_key: str | None = None,
        **params: object,
    ) -> int:
        filled = {"prompt": "a red astronaut", "images": 2, "seed": 5, "sources": [], **params}
        now: datetime = utcnow()
        async with self.database.write() as session:
            await credits.enrol(session, member, now, credits.Plan(50, 15))
            key = batch_key or operation.value
            new = jobs.NewJob(request, member, 1, 2, operation, filled, "mini", key, 1)
            queued = await jobs.enqueue(session, new, now)
            await credits.spend(session, member, queued.job.id, 1, now)
            return queued.job.id

    async def bring(self, picture: Image.Image) -> int:
        out = io.BytesIO()
        picture.save(out, "PNG")
        async with self.database.write() as session:
            image = await images.bring(
                session, MEMBER, *picture.size, "", sha256(out.getvalue()).hexdigest(), utcnow()
            )
            image.master_key = f"{image.id}.png"
        await self.store.put(image.master_key, out.getvalue())
        return image.id

    async def job(self, job_id: int) -> Job:
        async with self.database.read() as session:
            job = await jobs.get(session, job_id)
        assert job is not None
        return job

    async def balance(self) -> int:
        async with self.database.read() as session:
            return await credits.balance(session, MEMBER, utcnow())


@pytest.fixture
async def shop(tmp_path: Path, sqlite_url: str, model: Model) -> AsyncIterator[Shop]:
    config = Config(data_dir=tmp_path)
    database = await open_database(sqlite_url, checkpoints=False)
    store = open_store(config.image_store)
    yield Shop(database, store, Worker(config, database, store, Mini(model)), tmp_path)
    await database.close()


async def test_jobs_of_two_members_are_drawn_together_and_signed(shop: Shop) -> None:
    ids = [await shop.order("a"), await shop.order("b", FRIEND, seed=9)]
    assert await shop.worker.work_once() == 2
    for job_id, seed in zip(ids, (5, 9), strict=True):
        job = await shop.job(job_id)
        assert job.state is State.succeeded
        assert job.result == {"unknown_words": ["astronaut"], "unread_words": []}
        async with shop.database.read() as session:
            made = await images.of_job(session, job_id)
        assert [image.seed for image in made] == [seed, seed + 1]
        signed = Image.open(io.BytesIO(await shop.store.get(made[0].signed_key)))
        master = Image.open(io.BytesIO(await shop.store.get(made[0].master_key)))
        assert signed.size == master.size == (256, 256)
        assert signed.convert("RGB").getpixel((255, 255)) == (0x3C, 0x46, 0xFF)
        assert signed.info["Comment"] == "AI-generated"
        assert "astronaut" not in str(signed.info)


async def test_each_picture_is_drawn_from_words_of_its_own(shop: Shop) -> None:
    words = ["a red cube", "a blue ball"]
    orders = [await shop.order("both", steered=words)]
    for n, text in enumerate(words):
        orders.append(await shop.order(text, prompt=text, images=1, seed=5 + n))
    while await shop.worker.work_once():
        pass
    made = []
    for job_id in orders:
        async with shop.database.read() as session:
            made += [image.fingerprint for image in await images.of_job(session, job_id)]
    assert made[:2] == made[2:]


async def test_a_variation_starts_from_the_master(shop: Shop) -> None:
    first = await shop.order("a")
    await shop.worker.work_once()
    async with shop.database.read() as session:
        source = (await images.of_job(session, first))[1].id
    second = await shop.order("b", MEMBER, Operation.variation, sources=[source], images=3)
    await shop.worker.work_once()
    async with shop.database.read() as session:
        made = await images.of_job(session, second)
        assert [await images.parents(session, image.id) for image in made] == [[source]] * 3


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


async def test_what_a_later_model_cannot_do_is_declined_with_its_reason(
    shop: Shop, folders: dict[str, Path]
) -> None:
    """As when a blend was asked for of the model before."""
    auto = Auto("auto", folders["auto"], Place.on("cpu"), options={"num_inference_steps": 2})
    worker = Worker(Config(data_dir=shop.folder), shop.database, shop.store, auto)
    sources = [await shop.bring(Image.new("RGB", (64, 64))) for _ in range(2)]
    blend = {"sources": sources, "t": 0.5, "prompt": ""}
    bad = await shop.order("a", MEMBER, Operation.interpolate, **blend)
    assert await worker.work_once() == 1
    declined = await shop.job(bad)
    assert (declined.state, declined.result["sentence"]) == (State.failed, NO_EMBEDDINGS)
    assert await shop.balance() == 50


OPERATIONS = [
    (Operation.variation, {}, 1, (256, 256)),
    (Operation.inpaint, {}, 1, (96, 64)),
    (Operation.outpaint, {"sides": ["left", "up"], "amount": 0.5, "prompt": ""}, 1, (144, 96)),
    (Operation.interpolate, {"t": 0.1, "prompt": ""}, 2, (256, 256)),
    (Operation.text_diff, {"before": "a blue ball", "prompt": "a red cube"}, 1, (256, 256)),
]


@pytest.mark.parametrize(("operation", "params", "count", "size"), OPERATIONS)
async def test_every_operation_is_drawn_from_what_a_member_brought(
    shop: Shop, operation: Operation, params: dict[str, Any], count: int, size: tuple[int, int]
) -> None:
    sources = [await shop.bring(Image.effect_noise((96, 64), 90)) for _ in range(count)]
    if operation is Operation.inpaint:
        mask = Image.new("L", (96, 64), 0)
        mask.paste(255, (0, 0, 48, 64))
        params = {"mask": await shop.bring(mask)}
    job_id = await shop.order("a", MEMBER, operation, sources=sources, images=3, **params)
    await shop.worker.work_once()
    assert (await shop.job(job_id)).state is State.succeeded
    pictures = []
    async with shop.database.read() as session:
        for image in await images.of_job(session, job_id):
            assert await images.parents(session, image.id) == sources
            pictures.append(Image.open(io.BytesIO(await shop.store.get(image.master_key))))
    assert [picture.size for picture in pictures] == [size] * 3
    assert len({picture.tobytes() for picture in pictures}) == 3
    if operation is Operation.inpaint:
        kept = Image.open(io.BytesIO(await shop.store.get(f"{sources[0]}.png"))).convert("RGB")
        right = (48, 0, 96, 64)
        assert all(p.crop(right).tobytes() == kept.crop(right).tobytes() for p in pictures)


async def test_what_cannot_be_drawn_ends_with_a_sentence_and_takes_no_other_with_it(
    shop: Shop,
) -> None:
    small, large = [await shop.bring(Image.new("RGB", size)) for size in ((64, 64), (1600, 1600))]
    how = {"sides": ["right"], "amount": 1.0, "prompt": "", "images": 1}
    extend = Operation.outpaint
    bad = await shop.order("a", MEMBER, extend, sources=[large], **how)
    good = await shop.order("b", FRIEND, extend, sources=[small], **how)
    assert await shop.worker.work_once() == 2
    declined = await shop.job(bad)
    assert (declined.state, declined.attempt) == (State.failed, 1)
    assert "3200×1600" in declined.result["sentence"]
    assert await shop.balance() == 50
    assert (await shop.job(good)).state is State.succeeded


async def test_a_prompt_of_unknown_words_alone_is_declined_and_costs_nothing(shop: Shop) -> None:
    order = await shop.order("a", prompt="xyzzy", images=1)
    assert await shop.worker.work_once() == 1
    declined = await shop.job(order)
    assert (declined.state, declined.attempt) == (State.failed, 1)
    assert "knows none of these words" in declined.result["sentence"]
    assert "xyzzy" not in declined.result["sentence"]
    assert await shop.balance() == 50


async def test_a_cancelled_job_stores_nothing(shop: Shop) -> None:
    job_id = await shop.order("a")
    async with shop.database.write() as session:
        assert await jobs.cancel(session, job_id, utcnow())
    assert await shop.worker.work_once() == 0
    assert await shop.balance() == 50


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
                await jobs.cancel(session, job_id, utcnow())

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
        await jobs.register_lane(session, "mini", {})
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


@pytest.mark.parametrize("classifier", ["", "folder"])
async def test_nothing_is_shown_before_a_classifier_has_looked_at_it(
    shop: Shop, model: Model, monkeypatch: pytest.MonkeyPatch, classifier: str
) -> None:
    monkeypatch.setattr(held, "_REPORT_EVERY", 0)
    monkeypatch.setattr(worker, "open_checks", lambda *given: [])
    config = Config(data_dir=shop.folder, safety=SafetyConfig(classifier=classifier))
    shown: list[bytes | None] = []
    report = jobs.report_progress

    async def reported(session: AsyncSession, job: int, attempt: int, *told: Any) -> None:
        shown.append(told[2])
        await report(session, job, attempt, *told)

    monkeypatch.setattr(jobs, "report_progress", reported)
    await shop.order("a")
    await Worker(config, shop.database, shop.store, Mini(model)).work_once()
    assert shown and all((preview is None) == bool(classifier) for preview in shown)


async def test_a_lease_that_could_not_be_kept_once_is_kept_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = await shop.order("a")
    async with shop.database.write() as session:
        claimed = await jobs.claim(session, "mini", "here", 8, 5, utcnow())
    monkeypatch.setattr(held, "_REPORT_EVERY", 0.01)
    beats, beaten = [], asyncio.Event()

    async def heartbeat(*given: Any) -> bool:
        beats.append(given)
        if len(beats) == 1:
            raise OperationalError("UPDATE", (), Exception("database is locked"))
        beaten.set()
        return True

    monkeypatch.setattr(jobs, "heartbeat", heartbeat)
    holding = Held(shop.database, claimed, 0)
    await asyncio.wait_for(beaten.wait(), 60)
    holding.let_go()
    assert holding.mine == {job_id}


async def test_a_worker_told_to_stop_leaves_its_job_to_the_next_at_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, loop = asyncio.Event(), asyncio.get_running_loop()
    draw = pipeline.draw

    def begin(*given: Any) -> list[Image.Image]:
        loop.call_soon_threadsafe(began.set)
        return draw(*given)

    monkeypatch.setattr(pipeline, "draw", begin)
    job_id = await shop.order("a")
    working = asyncio.create_task(shop.worker.work_once())
    await began.wait()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert (await shop.job(job_id)).state is State.queued
    assert await shop.worker.work_once() == 1
    assert (await shop.job(job_id)).state is State.succeeded
    assert await shop.balance() == 49


async def test_a_worker_told_to_stop_stops_also_while_the_database_is_away(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, loop, draw = asyncio.Event(), asyncio.get_running_loop(), pipeline.draw

    def begin(*given: Any) -> list[Image.Image]:
        loop.call_soon_threadsafe(began.set)
        return draw(*given)

    def away() -> AbstractAsyncContextManager[AsyncSession]:
        raise OperationalError("BEGIN", (), Exception("the connection was refused"))

    monkeypatch.setattr(pipeline, "draw", begin)
    await shop.order("a")
    working = asyncio.create_task(shop.worker.run())
    await began.wait()
    with monkeypatch.context() as gone:
        gone.setattr(shop.database, "write", away)
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working
    await asyncio.sleep(0)
    running = [task.get_coro().__qualname__ for task in asyncio.all_tasks()]
    assert "Held._hold" not in running, "nobody keeps the lease"


@pytest.mark.parametrize("held_up", ["looking", "storing"])
async def test_the_next_batch_is_drawn_while_the_last_one_is_looked_at_and_stored(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, held_up: str
) -> None:
    first = await shop.order("a")
    second = await shop.order("b", FRIEND, seed=9, batch_key="alone")
    drawn, loop = asyncio.Event(), asyncio.get_running_loop()
    put, look, draw, turns = shop.store.put, Screen.look, pipeline.draw, []

    def drawing(*given: Any) -> list[Image.Image]:
        turns.append("draw")
        if turns.count("draw") == 2:
            loop.call_soon_threadsafe(drawn.set)
        return draw(*given)

    async def storing(key: str, data: bytes) -> None:
        if held_up == "storing" and key.startswith(f"{first}/"):
            await drawn.wait()  # for ever, if the second waited for the first
        await put(key, data)

    async def looking(self: Screen, stage: str, claimed: list[Job], *rest: Any) -> Any:
        if held_up == "looking" and (stage, claimed[0].id) == ("output", first):
            await drawn.wait()
        return await look(self, stage, claimed, *rest)

    monkeypatch.setattr(pipeline, "draw", drawing)
    monkeypatch.setattr(shop.store, "put", storing)
    monkeypatch.setattr(Screen, "look", looking)
    running = asyncio.create_task(shop.worker.run())
    async with asyncio.timeout(60):
        while (await shop.job(second)).state is not State.succeeded:
            await asyncio.sleep(0.05)
    running.cancel()
    await asyncio.wait([running])
    assert (await shop.job(first)).state is State.succeeded


async def test_a_worker_told_to_stop_stores_what_it_has_drawn(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    storing, go_on = asyncio.Event(), asyncio.Event()
    put = shop.store.put

    async def slow(key: str, data: bytes) -> None:
        storing.set()
        await go_on.wait()
        await put(key, data)

    monkeypatch.setattr(shop.store, "put", slow)
    job_id = await shop.order("a")
    running = asyncio.create_task(shop.worker.run())
    await storing.wait()
    running.cancel()
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.wait([running])
    assert running.cancelled()
    assert (await shop.job(job_id)).state is State.succeeded
