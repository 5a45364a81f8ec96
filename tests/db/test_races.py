"""The queue on both databases: fairness, fences, retries, and workers that race."""

import asyncio
from datetime import timedelta

from db import credits, jobs
from db.engine import Database, utcnow
from db.tables import Operation, State


async def order(database: Database, lane: str, member: int, name: str) -> int:
    async with database.write() as session:
        now = await database.now(session)
        await credits.enrol(session, member, now, credits.Plan(50, 15))
        params = {"prompt": "", "images": 1, "seed": 1, "sources": []}
        new = jobs.NewJob(
            f"{lane}/{name}", member, 1, 2, Operation.text_to_image, params, lane, "a", 1
        )
        queued = await jobs.enqueue(session, new, now)
        if queued.created:
            await credits.spend(session, member, queued.job.id, 1, now)
        return queued.job.id


async def claim(database: Database, lane: str, limit: int = 1) -> list[tuple[int, int]]:
    async with database.write() as session:
        now = await database.now(session)
        claimed = await jobs.claim(session, lane, "worker", limit, 30, now)
        return [(job.id, job.attempt) for job in claimed]


async def test_a_newcomer_does_not_wait_behind_a_heavy_member(database: Database) -> None:
    heavy = [await order(database, "fair", 11, f"h{i}") for i in range(8)]
    await claim(database, "fair")
    newcomer = await order(database, "fair", 12, "n")
    [(second, _)] = await claim(database, "fair")
    [(third, _)] = await claim(database, "fair")
    assert newcomer in (second, third)
    assert heavy[7] not in (second, third)


async def test_the_same_request_twice_is_one_job_and_one_charge(database: Database) -> None:
    first, again = [await order(database, "twice", 21, "same") for _ in range(2)]
    assert first == again
    async with database.read() as session:
        assert await credits.balance(session, 21, utcnow()) == 49


async def test_racing_workers_share_the_jobs_and_take_none_twice(database: Database) -> None:
    ids = [await order(database, "race", 31 + i % 3, str(i)) for i in range(12)]
    claims = await asyncio.gather(*(claim(database, "race", 3) for _ in range(8)))
    taken = [job_id for batch in claims for job_id, _ in batch]
    assert len(taken) == len(set(taken))
    while batch := await claim(database, "race", 3):
        taken += [job_id for job_id, _ in batch]
    assert sorted(taken) == sorted(ids)


async def test_a_retry_runs_alone_and_the_third_failure_refunds(database: Database) -> None:
    first, second = [await order(database, "retry", 41, str(i)) for i in range(2)]
    assert await claim(database, "retry", 8) == [(first, 1), (second, 1)]
    for attempt in (1, 2, 3):
        async with database.write() as session:
            now = await database.now(session)
            state = await jobs.fail(session, first, attempt, now, "broken", retry=True)
        if attempt < 3:
            assert state is State.queued
            assert await claim(database, "retry", 8) == [(first, attempt + 1)]
    assert state is State.failed
    async with database.read() as session:
        assert await credits.balance(session, 41, utcnow()) == 49


async def test_a_worker_that_lost_its_job_is_fenced_off(database: Database) -> None:
    job_id = await order(database, "fence", 51, "a")
    assert await claim(database, "fence") == [(job_id, 1)]
    async with database.write() as session:
        now = await database.now(session) + timedelta(minutes=1)
        assert await jobs.rescue(session, now) >= 1
    assert await claim(database, "fence") == [(job_id, 2)]
    async with database.write() as session:
        now = await database.now(session)
        assert not await jobs.heartbeat(session, job_id, 1, 30, now)
        assert not await jobs.finish(session, job_id, 1, now, {})
        assert await jobs.finish(session, job_id, 2, now, {})
        assert not await jobs.cancel(session, job_id, now)


async def test_cancelling_returns_the_credit_once(database: Database) -> None:
    job_id = await order(database, "cancel", 61, "a")
    for expected in (True, False):
        async with database.write() as session:
            assert await jobs.cancel(session, job_id, await database.now(session)) is expected
    async with database.write() as session:
        now = await database.now(session)
        assert not await credits.refund(session, job_id, now)
        assert await credits.balance(session, 61, now) == 50
