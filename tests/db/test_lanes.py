"""A lane a model: what waits for a model that nobody runs goes to one that somebody runs."""

from db import jobs, lanes, queue
from tests.db.town import LEASE, NOW, Town


async def test_what_waits_for_a_former_model_is_drawn_by_the_one_after_it(town: Town):
    await town.do(lanes.tend, "mini", NOW)
    first, second = await town.ask(), await town.ask(user=2)
    assert await town.do(lanes.tend, "karlo", town.now) == 0  # a worker may still come back
    town.later(121)
    newcomer = await town.ask(user=3, lane="karlo")
    assert await town.do(lanes.tend, "karlo", town.now) == 2
    claimed = await town.do(queue.claim, "karlo", "worker", 12, LEASE, town.now)
    assert [job.id for job in claimed] == [first.id, second.id, newcomer.id]
    assert await town.claim() == []


async def test_a_lane_with_a_worker_keeps_its_jobs(town: Town):
    await town.ask()
    town.later(121)
    await town.do(lanes.tend, "mini", town.now)
    assert await town.do(lanes.tend, "karlo", town.now) == 0


async def test_a_lane_whose_worker_draws_for_long_keeps_its_jobs(town: Town):
    await town.running()
    waiting = await town.ask(user=2)
    town.later(600)
    assert await town.do(lanes.tend, "karlo", town.now) == 0
    assert (await town.job(waiting)).lane == "mini"


async def test_a_new_lane_starts_where_the_others_are(town: Town):
    """Otherwise whoever had asked for much of the former model waited behind everybody."""
    for _ in range(3):
        await town.running()
    assert (await town.ask(user=2, lane="karlo")).vstart == 2


async def test_jobs_that_move_keep_their_order(town: Town):
    """Of two members, one with many requests, each still has a turn."""
    mine = [await town.ask(user=1) for _ in range(3)]
    theirs = await town.ask(user=2)
    await town.ask(user=3, lane="karlo")
    town.later(121)
    assert await town.do(lanes.tend, "karlo", town.now) == 4
    [first, second, *_] = await town.do(queue.claim, "karlo", "worker", 8, 30.0, town.now)
    assert {first.id, second.id} == {mine[0].id, theirs.id}


async def test_a_job_that_moved_can_be_cancelled_with_its_share_given_back(town: Town):
    for _ in range(3):
        await town.running()
    job = await town.ask()
    await town.do(queue.cancel, job.id, town.now)
    before = (await town.user()).vfinish
    job = await town.ask()
    for other in await town.do(jobs.under_way):
        if other.id != job.id:
            await town.finish(await town.do(jobs.get, other.id))
    town.later(121)
    assert await town.do(lanes.tend, "karlo", town.now) == 1
    moved = await town.job(job)
    assert (moved.lane, moved.vfinish - moved.vstart) == ("karlo", 1)
    assert moved.vstart == 2
    assert await town.cancel(job)
    assert (await town.user()).vfinish == before
