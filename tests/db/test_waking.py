"""Who waits is woken by another process, soon; and nobody waits for ever."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from db import jobs, queue
from db.engine import Database, open_database
from tests.db.town import Town

LONG = 20.0


@pytest.fixture
async def waiting(database_url: str) -> AsyncIterator[Database]:
    """Another process's database, that has heard all there was to hear."""
    database = await open_database(database_url, checkpoints=False)
    for channel in ("jobs", "updates"):
        await database.wait(channel, 0.1)
        await database.wait(channel, 0.1)
    yield database
    await database.close()


async def test_a_new_job_wakes_workers(town: Town, waiting: Database):
    wait = asyncio.create_task(waiting.wait("jobs", LONG))
    await town.ask()
    async with asyncio.timeout(5):
        await wait


async def test_news_before_the_wait_count(town: Town, waiting: Database):
    await town.ask()
    async with asyncio.timeout(5):
        await waiting.wait("jobs", LONG)


async def test_every_step_of_a_job_wakes_the_bot(town: Town, waiting: Database):
    await town.ask()
    await waiting.wait("jobs", 1)
    [job] = await town.claim()
    steps = (
        town.do(queue.report_progress, job.id, job.attempt, 1, 2, None, town.now),
        town.finish(job),
    )
    async with asyncio.timeout(10):
        await waiting.wait("updates", LONG)
        for step in steps:
            await step
            await waiting.wait("updates", LONG)


async def test_a_failed_attempt_wakes_workers(town: Town, waiting: Database):
    job = await town.running()
    await waiting.wait("jobs", 1)
    await town.fail(job)
    async with asyncio.timeout(5):
        await waiting.wait("jobs", LONG)


async def test_without_news_the_wait_ends(waiting: Database):
    async with asyncio.timeout(5):
        await waiting.wait("jobs", 0.1)


async def test_what_was_rolled_back_is_no_news(town: Town, waiting: Database):
    await town.ask()
    await waiting.wait("jobs", 1)
    async with town.database.write() as session:
        await jobs.enqueue(session, town.request(), town.now)
        await session.rollback()
    wait = asyncio.create_task(waiting.wait("jobs", LONG))
    done, _ = await asyncio.wait([wait], timeout=0.2)
    assert not done
    wait.cancel()
    await asyncio.wait([wait])


async def test_a_broken_line_is_mended(postgresql_url: str):
    """The server ends every other connection, as when it restarts; who waits looks, and hears."""
    database = await open_database(postgresql_url, checkpoints=False)
    town = Town(await open_database(postgresql_url, checkpoints=True))
    await database.wait("jobs", 0.1)
    await database.wait("jobs", 0.1)
    wait = asyncio.create_task(database.wait("jobs", LONG))
    async with asyncio.timeout(10):
        async with town.database.write() as session:
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> "
            here = "pg_backend_pid() AND datname = current_database()"
            await session.execute(text(others + here))
        await wait  # the line broke
        await database.wait("jobs", LONG)  # made anew, and what was said meanwhile is unknown
        wait = asyncio.create_task(database.wait("jobs", LONG))
        await town.ask()
        await wait
    await database.close()
    await town.database.close()
