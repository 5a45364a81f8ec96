"""Several processes at once: as several Databases, each with connections of its own."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from db import credits, jobs, privacy, queue
from db.engine import Database, open_database
from db.errors import NotEnoughCredits
from db.tables import Job, State
from tests.db.town import PLAN, Town


@pytest.fixture
async def towns(database_url: str) -> AsyncIterator[list[Town]]:
    opened = [await open_database(database_url, checkpoints=n == 0) for n in range(4)]
    yield [Town(database) for database in opened]
    for database in opened:
        await database.close()


async def test_workers_share_the_queue(towns: list[Town]):
    """Each job is held by one worker only, and all are done."""
    asked = [await towns[0].ask(user, images=1) for user in range(6) for _ in range(4)]
    held: list[int] = []

    async def work(town: Town, name: str) -> None:
        while claimed := await town.claim(limit=3, worker=name):
            held.extend(job.id for job in claimed)
            for job in claimed:
                assert await town.finish(job)

    await asyncio.gather(*(work(town, f"worker {n}") for n, town in enumerate(towns)))
    assert sorted(held) == [job.id for job in asked]
    done = [await towns[0].job(job) for job in asked]
    assert {(job.state, job.attempt) for job in done} == {(State.succeeded, 1)}


async def test_a_claim_is_never_larger_than_its_limit(towns: list[Town]):
    for user in range(10):
        await towns[0].ask(user, images=2)
    claims = await asyncio.gather(*(town.claim(limit=4) for town in towns))
    assert all(len(claimed) <= 2 for claimed in claims)
    held = [job.id for claimed in claims for job in claimed]
    assert len(held) == len(set(held)) > 0


async def test_claimers_do_not_wait_for_each_other(postgresql_url: str):
    """On PostgreSQL: one transaction holds its claim open while another makes its own."""
    first = await open_database(postgresql_url, checkpoints=False)
    second = Town(await open_database(postgresql_url, checkpoints=False))
    for user in (1, 2, 3):
        await second.ask(user, images=4)
    async with first.write() as session:
        [head] = await queue.claim(session, "mini", "first", 4, 30, second.now)
        async with asyncio.timeout(5), second.database.write() as other:
            found = await queue.claim(other, "mini", "second", 0, 30, second.now)
            assert [job.user_id for job in found] == [2]
            await other.rollback()
    assert head.user_id == 1
    await first.close()
    await second.database.close()


async def test_the_last_credits_are_spent_once(towns: list[Town]):
    plan = credits.Plan(first_month=5, monthly=0)
    await towns[0].do(credits.enrol, 1, towns[0].now, plan)
    named = [towns[n % 4].ask(request_id=f"race {n}") for n in range(12)]
    results = await asyncio.gather(*named, return_exceptions=True)
    assert sum(isinstance(result, Job) for result in results) == 5
    assert sum(isinstance(result, NotEnoughCredits) for result in results) == 7
    assert await towns[0].balance() == 0


async def test_one_request_to_several_bots_is_one_job(towns: list[Town]):
    """The member's very first, so their wallet is made once, too."""
    same = await asyncio.gather(*(town.submit(request_id="same") for town in towns))
    assert len({one.job.id for one in same}) == 1
    assert sum(one.created for one in same) == 1
    assert await towns[0].balance() == PLAN.first_month - 1


async def test_a_refill_comes_once(towns: list[Town]):
    await towns[0].do(credits.enrol, 1, towns[0].now, PLAN)
    later = (await towns[0].user()).refill_at
    await asyncio.gather(*(town.do(credits.enrol, 1, later, PLAN) for town in towns))
    towns[0].now = later
    assert await towns[0].balance() == PLAN.monthly


async def test_a_job_ends_once(towns: list[Town]):
    """Cancelled, finished and failed at the same moment: one of them wins, and decides the cost."""
    for _ in range(5):
        job = await towns[0].running()
        before = await towns[0].balance()
        results = await asyncio.gather(
            towns[0].cancel(job), towns[1].finish(job), towns[2].fail(job, False)
        )
        assert sum(bool(result) for result in results) == 1
        returned = 0 if (await towns[0].job(job)).state is State.succeeded else job.cost
        assert await towns[0].balance() == before + returned


async def test_lost_jobs_are_rescued_once(towns: list[Town]):
    for user in range(6):
        await towns[0].ask(user, images=1)
    await towns[0].claim(limit=6)
    for town in towns:
        town.later(31)
    rescued = await asyncio.gather(*(town.do(queue.rescue, town.now) for town in towns))
    assert sum(rescued) == 6


async def test_readers_do_not_wait_for_a_writer(towns: list[Town]):
    job = await towns[0].ask()
    database: Database = towns[0].database
    async with database.write() as session, asyncio.timeout(5):
        await queue.cancel(session, job.id, towns[0].now)
        assert (await towns[0].job(job)).state is State.queued
        assert (await towns[1].job(job)).state is State.queued
    assert (await towns[1].job(job)).state is State.cancelled


async def test_a_request_beside_a_member_who_leaves_is_cancelled(towns: list[Town]):
    """Else it would be drawn for nobody, with its words."""
    first, second, *_ = towns
    await first.ask(5)
    async with first.database.write() as session:
        slipping = await jobs.enqueue(session, first.request(5), first.now)
        leaving = asyncio.create_task(second.do(privacy.forget, 5, first.now))
        await asyncio.wait([leaving], timeout=0.2)
    await leaving
    job = await first.job(slipping.job)
    assert (job.state, job.params["prompt"]) == (State.cancelled, "")
    assert await first.do(jobs.under_way) == []
