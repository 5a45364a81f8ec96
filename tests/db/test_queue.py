"""Every way a job can go, and who may send it there."""

from collections.abc import Awaitable, Callable

import pytest

from db import flags, jobs, queue
from db.flag_tables import Flag
from db.flags import NewFlag, Search
from db.tables import Job, Progress, State
from tests.db.town import LEASE, Town

Ending = Callable[[Town, Job], Awaitable[object]]


async def reject(town: Town, job: Job) -> Flag | None:
    new = NewFlag(1, 5, 2, "upload", "faces", "face", None, "a cube", "hold", job_id=job.id)
    return await town.do(queue.reject, job.id, job.attempt, town.now, new)


async def fail_for_good(town: Town, job: Job) -> State | None:
    return await town.fail(job, retry=False)


ENDINGS = {
    State.succeeded: Town.finish,
    State.failed: fail_for_good,
    State.rejected: reject,
    State.cancelled: Town.cancel,
}


@pytest.fixture(params=ENDINGS)
def state(request: pytest.FixtureRequest) -> State:
    return request.param


@pytest.fixture
def end(state: State) -> Ending:
    return ENDINGS[state]


async def test_a_claimed_job_is_running(town: Town):
    asked = await town.ask()
    assert (asked.state, asked.attempt) == (State.queued, 0)
    [job] = await town.claim(worker="first")
    assert (job.id, job.attempt, job.worker_id) == (asked.id, 1, "first")
    assert (job.state, job.started_at) == (State.running, town.now)
    assert (job.lease_until - town.now).total_seconds() == LEASE
    assert await town.claim() == []


async def test_only_pictures_cost(town: Town, state: State, end: Ending):
    job = await town.running()
    assert await town.balance() == 49
    town.later(5)
    assert await end(town, job)
    ended = await town.job(job)
    assert (ended.state, ended.finished_at, ended.lease_until) == (state, town.now, None)
    assert await town.balance() == (49 if state is State.succeeded else 50)


async def test_what_has_ended_stays_so(town: Town, state: State, end: Ending):
    job = await town.running()
    await end(town, job)
    balance = await town.balance()
    for other in ENDINGS.values():
        assert not await other(town, job)
    assert not await town.do(queue.heartbeat, job.id, job.attempt, LEASE, town.now)
    assert (await town.job(job)).state == state
    assert await town.balance() == balance


async def test_what_waits_can_only_be_cancelled(town: Town):
    job = await town.ask()
    assert not await town.finish(job)
    assert await fail_for_good(town, job) is None
    assert not await reject(town, job)
    assert await town.cancel(job)
    assert (await town.job(job)).state is State.cancelled
    assert await town.balance() == 50
    assert await town.claim() == []


async def test_the_end_keeps_what_there_is_to_say(town: Town):
    for _ in range(3):
        await town.ask()
    done, refused, broken = await town.claim(limit=12)
    await town.finish(done)
    await reject(town, refused)
    await fail_for_good(town, broken)
    assert (await town.job(done)).result == {"unknown_words": []}
    ended = await town.job(refused)
    assert (ended.error, ended.result) == ("faces", {"case": 1})
    assert (await town.job(broken)).error == "it broke"


async def test_three_attempts(town: Town):
    job = await town.ask()
    for attempt, then in enumerate([State.queued, State.queued, State.failed], start=1):
        assert await town.balance() == 49
        [held] = await town.claim()
        assert (held.id, held.attempt) == (job.id, attempt)
        assert await town.fail(held) is then
    assert await town.balance() == 50


async def test_a_retry_runs_alone_in_its_old_place(town: Town):
    first = await town.running()
    second, third = await town.ask(), await town.ask()
    await town.fail(first)
    assert [job.id for job in await town.claim()] == [first.id]
    assert [job.id for job in await town.claim()] == [second.id, third.id]


async def test_who_was_given_up_changes_nothing(town: Town):
    """The fence: the first worker sleeps, its job goes to another, then it wakes."""
    asleep = await town.running()
    town.later(LEASE + 1)
    assert await town.do(queue.rescue, town.now) == 1
    [held] = await town.claim(worker="second")
    assert held.attempt == asleep.attempt + 1
    late = asleep.id, asleep.attempt
    assert not await town.do(queue.heartbeat, *late, LEASE, town.now)
    assert not await town.do(queue.finish, *late, town.now, {})
    assert await town.do(queue.fail, *late, town.now, "late", False) is None
    assert await reject(town, asleep) is None
    assert await town.do(flags.count, 5, Search()) == 0
    await town.do(queue.report_progress, *late, 3, 4, b"late", town.now)
    now, progress = await town.do(jobs.with_progress, held.id)
    assert (now.state, now.worker_id, progress) == (State.running, "second", None)
    assert await town.finish(held)


async def test_a_heartbeat_keeps_the_job(town: Town):
    job = await town.running()
    for _ in range(3):
        town.later(LEASE - 1)
        assert await town.do(queue.heartbeat, job.id, job.attempt, LEASE, town.now)
        assert await town.do(queue.rescue, town.now) == 0


async def test_a_job_that_loses_three_workers_fails(town: Town):
    job = await town.ask()
    for _ in range(3):
        assert len(await town.claim()) == 1
        town.later(LEASE + 1)
        assert await town.do(queue.rescue, town.now) == 1
    assert (await town.job(job)).state is State.failed
    assert await town.balance() == 50


async def test_compatible_jobs_are_claimed_together(town: Town):
    """Of different members, in their order, up to the limit; none is overtaken by a smaller."""
    await town.ask(user=1)
    await town.ask(user=2, images=3)
    await town.ask(user=3, batch_key="variation")
    await town.ask(user=4, images=2)
    await town.ask(user=5, images=1)
    assert [job.user_id for job in await town.claim(limit=8)] == [1, 2]
    assert [job.user_id for job in await town.claim(limit=8)] == [3]
    assert [job.user_id for job in await town.claim(limit=8)] == [4, 5]


async def test_a_job_larger_than_the_limit_runs_alone(town: Town):
    await town.ask(images=4)
    await town.ask(images=1)
    assert [job.params["images"] for job in await town.claim(limit=2)] == [4]


async def test_lanes_do_not_mix(town: Town):
    await town.ask(lane="karlo")
    assert await town.claim() == []


async def test_a_poisoned_job_takes_no_other_with_it(town: Town):
    """Two jobs of six kill every worker that holds them; only those two fail."""
    asked = [await town.ask(user=user) for user in range(6)]
    poison = {asked[1].id, asked[4].id}
    while claimed := await town.claim(limit=40):
        if poison & {job.id for job in claimed}:
            town.later(LEASE + 1)
            await town.do(queue.rescue, town.now)
        else:
            for job in claimed:
                await town.finish(job)
    for job in asked:
        expected = (State.failed, 50) if job.id in poison else (State.succeeded, 49)
        assert ((await town.job(job)).state, await town.balance(job.user_id)) == expected


async def test_progress(town: Town):
    """The latest wins; a preview stays until there is a new one; a retry starts without."""
    job = await town.running()

    async def report(step: int, preview: bytes | None) -> tuple[int, int, bytes | None]:
        await town.do(queue.report_progress, job.id, job.attempt, step, 20, preview, town.now)
        _, progress = await town.do(jobs.with_progress, job.id)
        return progress.step, progress.total, progress.preview

    assert (await town.do(jobs.with_progress, job.id))[1] is None
    assert await report(1, b"one") == (1, 20, b"one")
    assert await report(2, None) == (2, 20, b"one")
    assert await report(3, b"three") == (3, 20, b"three")
    await town.fail(job)
    assert (await town.do(jobs.with_progress, job.id))[1] is None


async def test_progress_ends_with_the_job(town: Town, end: Ending):
    job = await town.running()
    await town.do(queue.report_progress, job.id, job.attempt, 1, 20, b"one", town.now)
    await end(town, job)
    async with town.database.read() as session:
        assert await session.get(Progress, job.id) is None
