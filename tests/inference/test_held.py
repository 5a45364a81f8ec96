"""Jobs in a worker's hands: leases, previews, and what becomes of them when it has to stop."""

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from PIL import Image
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from config import Config, SafetyConfig
from db import queue
from db.engine import utcnow
from db.tables import State
from inference import held, pipeline, worker
from inference.backends.mini import Mini
from inference.held import Held
from inference.model import Model
from inference.worker import Worker
from tests.inference.shop import Shop


@pytest.mark.parametrize("classifier", ["", "folder"])
async def test_nothing_is_shown_before_a_classifier_has_looked_at_it(
    shop: Shop, model: Model, monkeypatch: pytest.MonkeyPatch, classifier: str
) -> None:
    monkeypatch.setattr(held, "_REPORT_EVERY", 0)
    monkeypatch.setattr(worker, "open_checks", lambda *given: [])
    config = Config(data_dir=shop.folder, safety=SafetyConfig(classifier=classifier))
    shown: list[bytes | None] = []
    report = queue.report_progress

    async def reported(session: AsyncSession, job: int, attempt: int, *told: Any) -> None:
        shown.append(told[2])
        await report(session, job, attempt, *told)

    monkeypatch.setattr(queue, "report_progress", reported)
    await shop.order("a")
    await Worker(config, shop.database, shop.store, Mini(model)).work_once()
    assert shown and all((preview is None) == bool(classifier) for preview in shown)


async def test_a_lease_that_could_not_be_kept_once_is_kept_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = await shop.order("a")
    async with shop.database.write() as session:
        claimed = await queue.claim(session, "mini", "here", 8, 5, utcnow())
    monkeypatch.setattr(held, "_REPORT_EVERY", 0.01)
    beats, beaten = [], asyncio.Event()

    async def heartbeat(*given: Any) -> bool:
        beats.append(given)
        if len(beats) == 1:
            raise OperationalError("UPDATE", (), Exception("database is locked"))
        beaten.set()
        return True

    monkeypatch.setattr(queue, "heartbeat", heartbeat)
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
