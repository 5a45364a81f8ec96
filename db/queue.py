"""What workers do with the queue: claim, hold, report, end, rescue. Never commits."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db import credits
from db.engine import notify
from db.tables import Job, Lane, Progress, State, User

ATTEMPTS = 3
UNFINISHED = (State.queued, State.running)


async def claim(
    session: AsyncSession, lane: str, worker_id: str, limit: int, lease_seconds: float,
    now: datetime,
) -> list[Job]:  # fmt: skip
    """The next job and its compatible neighbours, at most `limit` pictures; [] if none waits.

    A retry runs alone, so that a job which kills workers takes no other with it.
    """
    waiting = select(Job).where(Job.lane == lane, Job.state == State.queued)
    waiting = waiting.order_by(Job.vstart, Job.id).with_for_update(skip_locked=True)
    head = await session.scalar(waiting.limit(1))
    if head is None:
        return []
    batch = [head]
    if head.attempt == 0:
        mates = waiting.where(Job.batch_key == head.batch_key, Job.attempt == 0, Job.id != head.id)
        room = limit - _pictures(head)
        for mate in await session.scalars(mates.limit(max(0, room))):
            if _pictures(mate) > room:
                break
            room -= _pictures(mate)
            batch.append(mate)
    clock = update(Lane).where(Lane.name == lane, Lane.v < head.vstart).values(v=head.vstart)
    await session.execute(clock)
    taken = (
        update(Job)
        .where(Job.id.in_([job.id for job in batch]), Job.state == State.queued)
        .values(
            state=State.running, attempt=Job.attempt + 1, worker_id=worker_id, started_at=now,
            lease_until=now + timedelta(seconds=lease_seconds),
        )
        .returning(Job)
        .execution_options(populate_existing=True)
    )  # fmt: skip
    await notify(session, "updates")
    return sorted(await session.scalars(taken), key=lambda job: (job.vstart, job.id))


def _pictures(job: Job) -> int:
    return int(job.params["images"])


async def heartbeat(
    session: AsyncSession, job_id: int, attempt: int, lease_seconds: float, now: datetime
) -> bool:
    """Prolongs the lease; False when the job is no longer this attempt's."""
    lease = now + timedelta(seconds=lease_seconds)
    return await _guarded(session, job_id, attempt, lease_until=lease)


async def report_progress(
    session: AsyncSession, job_id: int, attempt: int, step: int, total: int,
    preview: bytes | None, now: datetime,
) -> None:  # fmt: skip
    """Notes how far a running job is; without a new preview the last one stays."""
    job = await session.get(Job, job_id)
    if job is None or job.state != State.running or job.attempt != attempt:
        return
    row = await session.get(Progress, job_id) or Progress(job_id=job_id)
    row.step, row.total, row.updated_at = step, total, now
    row.preview = preview if preview is not None else row.preview
    session.add(row)
    await notify(session, "updates")


async def finish(
    session: AsyncSession, job_id: int, attempt: int, now: datetime, result: dict[str, Any]
) -> bool:
    """running → succeeded; False when the job is no longer this attempt's."""
    return await _end(session, job_id, attempt, State.succeeded, now, result=result)


async def fail(
    session: AsyncSession, job_id: int, attempt: int, now: datetime, error: str, *, retry: bool
) -> State | None:
    """running → queued again, or failed and refunded; None when no longer this attempt's."""
    if retry and attempt < ATTEMPTS:
        back = await _guarded(session, job_id, attempt, state=State.queued, error=error,
                              worker_id=None, lease_until=None)  # fmt: skip
        await notify(session, "jobs")
        return State.queued if back else None
    ended = await _end(session, job_id, attempt, State.failed, now, error=error)
    return State.failed if ended else None


async def reject(
    session: AsyncSession, job_id: int, attempt: int, now: datetime, category: str
) -> bool:
    """running → rejected and refunded."""
    return await _end(session, job_id, attempt, State.rejected, now, error=category)


async def cancel(session: AsyncSession, job_id: int, now: datetime) -> bool:
    """queued or running → cancelled and refunded; the member's place in the order returns too."""
    cancelled = (
        update(Job)
        .where(Job.id == job_id, Job.state.in_(UNFINISHED))
        .values(state=State.cancelled, finished_at=now, lease_until=None)
        .returning(Job)
        .execution_options(populate_existing=True)
    )
    job = await session.scalar(cancelled)
    if job is None:
        return False
    user = await session.get_one(User, job.user_id, with_for_update=True)
    user.vfinish = max(0.0, user.vfinish - (job.vfinish - job.vstart))
    await _settle(session, job_id, now)
    return True


async def rescue(session: AsyncSession, now: datetime) -> int:
    """Takes jobs from workers that stopped reporting; returns how many."""
    lost = select(Job).where(
        Job.state == State.running, or_(Job.lease_until < now, Job.lease_until.is_(None))
    )
    jobs = (await session.scalars(lost.with_for_update(skip_locked=True))).all()
    for job in jobs:
        await fail(session, job.id, job.attempt, now, "the worker was lost", retry=True)
    return len(jobs)


async def _end(
    session: AsyncSession, job_id: int, attempt: int, state: State, now: datetime, **values: Any
) -> bool:
    ended = await _guarded(session, job_id, attempt, state=state, finished_at=now,
                           lease_until=None, **values)  # fmt: skip
    if ended:
        await _settle(session, job_id, now, refund=state is not State.succeeded)
    return ended


async def _settle(
    session: AsyncSession, job_id: int, now: datetime, *, refund: bool = True
) -> None:
    if refund:
        await credits.refund(session, job_id, now)
    await session.execute(delete(Progress).where(Progress.job_id == job_id))
    await notify(session, "updates")


async def _guarded(session: AsyncSession, job_id: int, attempt: int, **values: Any) -> bool:
    """The fence: only the attempt that holds the running job may change it."""
    change = (
        update(Job)
        .where(Job.id == job_id, Job.attempt == attempt, Job.state == State.running)
        .values(**values)
        .returning(Job.id)
        .execution_options(synchronize_session="fetch")
    )
    return await session.scalar(change) is not None
