"""What a member is told of the queue: who is ahead, and when it is their turn."""

import random

import pytest

from db import guilds, lanes
from db.outlook import Outlook, Pace, Waiting, outlook, play
from db.tables import Job
from tests.db.town import Town, on_sqlite


async def seen(town: Town, job: Job) -> tuple[int, float | None]:
    """Jobs before it, seconds until it is done."""
    told = await look(town, job)
    return told.ahead, told.seconds


async def look(town: Town, job: Job) -> Outlook:
    """Of a lane whose worker was heard of just now."""
    await town.do(lanes.tend, job.lane, town.now)
    return await alone(town, job)


async def alone(town: Town, job: Job) -> Outlook:
    async with town.database.read() as session:
        return await outlook(session, job.id, town.now)


async def measured(town: Town, *batches: tuple[int, float], worker: str = "worker") -> None:
    """Batches of so many pictures that took so many seconds."""
    for images, seconds in batches:
        await town.ask(9, images=images)
        [job] = await town.claim(worker=worker)
        town.later(seconds)
        await town.finish(job)


async def test_position(town: Town):
    """Running jobs count; a member with nothing in the queue stands before one with much."""
    held = await town.running()
    second, third = await town.ask(), await town.ask()
    newcomer = await town.ask(user=2)
    await town.ask(user=3, lane="karlo")
    waiting = [await seen(town, job) for job in (held, newcomer, second, third)]
    assert waiting == [(0, None), (1, None), (2, None), (3, None)]


async def test_one_size_measured_is_a_proportion(town: Town):
    await measured(town, (4, 8))
    held = await town.running(images=4)
    mate, last = await town.ask(images=1), await town.ask(images=3)
    assert [await seen(town, job) for job in (held, mate, last)] == [(0, 8), (1, 16), (2, 16)]
    town.later(5)
    assert [await seen(town, job) for job in (held, last)] == [(0, 3), (2, 11)]
    town.later(60)
    assert [await seen(town, job) for job in (held, last)] == [(0, 0), (2, 8)]
    await town.finish(held)
    assert await seen(town, held) == (0, 0)


@on_sqlite
@pytest.mark.parametrize(
    ("batches", "three"),
    [
        (((2, 4), (4, 6)), 5),  # 2 s for a batch, 1 s for a picture
        (((1, 30), (4, 4)), 17),  # no line that rises: as long as the others
        (((1, 1), (4, 7)), 8 / 5 * 3),  # nor one that begins below 0
    ],
)
async def test_batches_of_several_sizes_are_a_line(
    town: Town, batches: tuple[tuple[int, float], ...], three: float
):
    await measured(town, *batches)
    assert await seen(town, await town.ask(images=3)) == (0, pytest.approx(three))


async def test_what_is_like_the_first_is_made_with_it_before_the_others(town: Town):
    await measured(town, (4, 8))
    first, other = await town.ask(images=2), await town.ask(2, images=2, batch_key="variation")
    mate = await town.ask(3, images=2)
    assert [await seen(town, job) for job in (first, mate, other)] == [(0, 8), (2, 8), (1, 12)]


async def test_workers_share_the_queue(town: Town):
    await measured(town, (4, 8), worker="one")
    await measured(town, (4, 8), worker="two")
    await town.ask()
    [held] = await town.claim(worker="one")
    waiting = [await town.ask(user) for user in (2, 3, 4)]
    assert [await seen(town, job) for job in (held, *waiting)] == [(0, 8), (1, 8), (2, 16), (3, 16)]
    town.later(600)
    assert (await seen(town, waiting[0]))[1] == 8, "the other one was not seen for long"


async def test_a_paused_server_holds_its_own_jobs_and_nobody_elses(town: Town):
    await measured(town, (4, 8))
    mine, theirs = await town.ask(1), await town.ask(2, guild_id=9)
    await town.do(guilds.pause, 2, True)
    assert await look(town, mine) == Outlook(0, None, paused=True)
    assert await look(town, theirs) == Outlook(0, 8)
    assert [job.id for job in await town.claim()] == [theirs.id]
    assert await town.claim() == []

    await town.do(guilds.pause, 2, False)
    assert [job.id for job in await town.claim()] == [mine.id]


async def test_no_time_is_promised_where_no_worker_is(town: Town):
    await measured(town, (4, 8))
    job = await town.ask(images=4)
    assert await alone(town, job) == Outlook(0, None, served=False), "none was heard of"
    assert await look(town, job) == Outlook(0, 8)
    town.later(86_400)
    assert await alone(town, job) == Outlook(0, None, served=False)


@on_sqlite
@pytest.mark.parametrize("seed", range(4))
async def test_claims_come_as_they_were_played(town: Town, seed: int):
    """Retries among them, which run alone."""
    dice = random.Random(seed)
    for members in ((1, 3), (4, 6)):
        for _ in range(8):
            more = {"images": dice.randint(1, 4), "batch_key": dice.choice("ab")}
            await town.ask(dice.randint(*members), **more)
        for job in await town.claim(8):
            await town.fail(job)
    line = await waiting_line(town)
    batches = []
    while claimed := await town.claim(8):
        batches.append({job.id for job in claimed})
    for place, last in enumerate(line):
        at = next(n for n, batch in enumerate(batches, 1) if last.id in batch)
        assert play(line, place, [0.0], Pace(1, 0, 8)) == at


async def waiting_line(town: Town) -> list[Waiting]:
    """All queued jobs in the order of their claims' heads."""
    async with town.database.read() as session:
        jobs = [job for n in range(1, 17) if (job := await session.get(Job, n)) is not None]
    ordered = sorted(jobs, key=lambda job: (job.vstart, job.id))
    return [Waiting(job.id, job.batch_key, job.attempt, job.params["images"]) for job in ordered]
