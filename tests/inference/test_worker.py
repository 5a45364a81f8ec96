"""The real worker on a real database, with the small model."""

import asyncio
import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from config import Config
from db import images, queue
from db.engine import utcnow
from db.tables import Job, Operation, State
from inference import pipeline
from inference.backends.auto import NO_EMBEDDINGS, Auto
from inference.backends.networks import Place
from inference.screening import Screen
from inference.worker import Worker
from tests.inference.shop import FRIEND, MEMBER, Shop


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
        assert await queue.cancel(session, job_id, utcnow())
    assert await shop.worker.work_once() == 0
    assert await shop.balance() == 50


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
