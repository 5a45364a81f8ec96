"""What workers do with the queue: claim, hold, report, end, rescue. Never commits.

Whoever holds a running job is known by its id and attempt. Every change asks for both, so
a worker that was given up and comes back changes nothing.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

from sqlalchemy import delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db import credits, standing
from db.flag_tables import Flag, Guild
from db.flags import NewFlag
from db.tables import QUEUED, RUNNING, UNFINISHED, Job, Lane, Progress, State, User
from db.waking import notify

UNPAUSED = ~exists().where(Guild.id == Job.guild_id, Guild.paused)
"""A queued job that is not held back by the moderators of its server."""
ATTEMPTS = 3
"""After so many tries a job fails."""


async def claim(
    session: AsyncSession,
    lane: str,
    worker_id: str,
    limit: int,
    lease_seconds: float,
    now: datetime,
) -> list[Job]:
    """The next job and compatible neighbours, up to `limit` pictures; [] when nothing waits.

    What belongs to a paused server stays. The head is taken however many pictures it wants. A
    retry runs alone, so that a job which kills workers takes no other with it.
    """
    waiting = select(Job).where(Job.lane == lane, QUEUED, UNPAUSED).order_by(Job.vstart, Job.id)
    waiting = waiting.with_for_update(skip_locked=True)
    head = await session.scalar(waiting.limit(1))
    if head is None:
        return []
    room = limit - _pictures(head)
    batch = [head]
    if head.attempt == 0 and room > 0:
        mates = waiting.where(Job.batch_key == head.batch_key, Job.attempt == 0, Job.id != head.id)
        found = list(await session.scalars(mates.limit(room)))
        batch += found[: fitting(map(_pictures, found), room)]
    await _advance(session, lane, head.vstart)
    lease_until = now + timedelta(seconds=lease_seconds)
    return await _take(session, batch, worker_id, lease_until, now)


def fitting(pictures: Iterable[int], room: int) -> int:
    """How many of the first jobs together want at most `room` pictures; none is overtaken."""
    return sum(wanted <= room for wanted in accumulate(pictures))


def _pictures(job: Job) -> int:
    return int(job.params["images"])


async def _advance(session: AsyncSession, lane: str, vstart: float) -> None:
    """Moves the lane's clock to the head, not to its mates: newcomers would start behind them."""
    await session.execute(update(Lane).where(Lane.name == lane, Lane.v < vstart).values(v=vstart))


async def _take(
    session: AsyncSession, batch: list[Job], worker_id: str, lease_until: datetime, now: datetime
) -> list[Job]:
    taken = await session.scalars(
        update(Job)
        .where(Job.id.in_([job.id for job in batch]), QUEUED)
        .values(
            state=State.running,
            attempt=Job.attempt + 1,
            worker_id=worker_id,
            lease_until=lease_until,
            started_at=now,
        )
        .returning(Job)
        .execution_options(populate_existing=True)
    )
    await notify(session, "updates")
    return sorted(taken, key=lambda job: (job.vstart, job.id))


async def heartbeat(
    session: AsyncSession, job_id: int, attempt: int, lease_seconds: float, now: datetime
) -> bool:
    """Prolongs the lease; False when the job is no longer this attempt's: stop its work."""
    lease_until = now + timedelta(seconds=lease_seconds)
    return await _change(session, job_id, attempt, lease_until=lease_until) is not None


async def report_progress(
    session: AsyncSession,
    job_id: int,
    attempt: int,
    step: int,
    total: int,
    preview: bytes | None,
    now: datetime,
) -> None:
    """Notes how far a running job is. Without a new preview, a picture file, the last one stays."""
    ours = select(Job.id).where(Job.id == job_id, Job.attempt == attempt, RUNNING)
    if await session.scalar(ours.with_for_update()) is None:
        return
    row = await session.get(Progress, job_id) or Progress(job_id=job_id)
    row.step, row.total, row.updated_at = step, total, now
    row.preview = preview or row.preview
    session.add(row)
    await notify(session, "updates")


async def finish(
    session: AsyncSession, job_id: int, attempt: int, now: datetime, result: dict[str, Any]
) -> bool:
    """running → succeeded; False when the job is no longer this attempt's: discard its work."""
    return await _end(session, job_id, attempt, State.succeeded, now, result=result)


async def fail(
    session: AsyncSession, job_id: int, attempt: int, now: datetime, error: str, retry: bool
) -> State | None:
    """running → queued again, in its old place, or failed and refunded.

    Returns the new state; None when the job is no longer this attempt's.
    """
    if not retry or attempt >= ATTEMPTS:
        ended = await _end(session, job_id, attempt, State.failed, now, error=error)
        return State.failed if ended else None
    return State.queued if await release(session, job_id, attempt, error) else None


async def decline(
    session: AsyncSession, job_id: int, attempt: int, now: datetime, sentence: str
) -> bool:
    """running → failed and refunded: it can't be drawn as it was asked for.

    Its member is told the sentence, in the result. False when the job is no longer ours.
    """
    told = {"sentence": sentence}
    return await _end(session, job_id, attempt, State.failed, now, error=sentence, result=told)


async def release(session: AsyncSession, job_id: int, attempt: int, error: str | None) -> bool:
    """running → queued again, in its old place, whatever the attempt; False when no longer ours."""
    back = await _change(
        session, job_id, attempt, state=State.queued, error=error, worker_id=None, lease_until=None
    )
    if back is None:
        return False
    await _forget_progress(session, job_id)
    await notify(session, "jobs")
    return True


async def reject(
    session: AsyncSession, job_id: int, attempt: int, now: datetime, new: NewFlag
) -> Flag | None:
    """running → rejected and refunded, with a case, whose number is in the result.

    None when the job is no longer ours: then there is no case either.
    """
    if not await _end(session, job_id, attempt, State.rejected, now, error=new.category):
        return None
    flag = await standing.record(session, new, now)
    told = update(Job).where(Job.id == job_id).values(result={"case": flag.id})
    await session.execute(told)
    return flag


async def cancel(session: AsyncSession, job_id: int, now: datetime) -> bool:
    """queued or running → cancelled and refunded; False when it had ended before.

    The member's next job starts as if this one had not been asked for.
    """
    job = await session.scalar(
        update(Job)
        .where(Job.id == job_id, UNFINISHED)
        .values(state=State.cancelled, finished_at=now, lease_until=None)
        .returning(Job)
        .execution_options(populate_existing=True)
    )
    if job is None:
        return False
    share = job.vfinish - job.vstart
    await session.execute(
        update(User).where(User.id == job.user_id).values(vfinish=User.vfinish - share)
    )
    await _settle(session, job, now)
    return True


async def rescue(session: AsyncSession, now: datetime) -> int:
    """Takes jobs from workers whose lease is over, to be tried again; returns how many."""
    lost = select(Job).where(RUNNING, Job.lease_until < now).order_by(Job.user_id, Job.id)
    jobs = (await session.scalars(lost.with_for_update(skip_locked=True))).all()
    for job in jobs:
        await fail(session, job.id, job.attempt, now, "the worker was lost", retry=True)
    return len(jobs)


async def _end(
    session: AsyncSession, job_id: int, attempt: int, state: State, now: datetime, **values: Any
) -> bool:
    job = await _change(
        session, job_id, attempt, state=state, finished_at=now, lease_until=None, **values
    )
    if job is not None:
        await _settle(session, job, now)
    return job is not None


async def _settle(session: AsyncSession, job: Job, now: datetime) -> None:
    """What belongs to every end: the credits of a job without pictures return."""
    if job.state is not State.succeeded:
        await credits.refund(session, job.id, now)
    await _forget_progress(session, job.id)


async def _forget_progress(session: AsyncSession, job_id: int) -> None:
    await session.execute(delete(Progress).where(Progress.job_id == job_id))
    await notify(session, "updates")


async def _change(session: AsyncSession, job_id: int, attempt: int, **values: Any) -> Job | None:
    """The fence: changes the running job of that attempt; None when there is no such."""
    return await session.scalar(
        update(Job)
        .where(Job.id == job_id, Job.attempt == attempt, RUNNING)
        .values(**values)
        .returning(Job)
        .execution_options(populate_existing=True)
    )
