"""Jobs as the bot sees them: queueing, looking, and where their messages are. Never commits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from sqlalchemy import and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.engine import notify
from db.queue import (
    UNFINISHED,
    cancel,
    claim,
    fail,
    finish,
    heartbeat,
    reject,
    report_progress,
    rescue,
)  # fmt: skip
from db.tables import Job, Lane, Operation, Progress, State, User

__all__ = [
    "Enqueued", "NewJob", "cancel", "claim", "enqueue", "eta", "fail", "finish", "forget_messages",
    "get", "heartbeat", "in_progress", "lane_card", "mark_delivered", "position", "register_lane",
    "reject", "report_progress", "rescue", "set_message", "to_deliver", "unfinished",
]  # fmt: skip


@dataclass(frozen=True)
class NewJob:
    """What enters the queue. `params` has at least prompt, images, seed and source."""

    request_id: str
    user_id: int
    guild_id: int | None
    channel_id: int
    operation: Operation
    params: dict[str, Any]
    lane: str
    batch_key: str
    cost: int
    source_message_id: int | None = None
    custom_id: str | None = None


@dataclass(frozen=True)
class Enqueued:
    """A job in the queue; `created` is False when the same request or click had made it."""

    job: Job
    created: bool


async def enqueue(session: AsyncSession, new: NewJob, now: datetime) -> Enqueued:
    """Queues by virtual time: a member's jobs line up behind each other, members side by side.

    The member must be enrolled. Whoever calls spends the cost, if the job was created.
    """
    user = await session.get_one(User, new.user_id, with_for_update=True)
    if (known := await _known(session, new)) is not None:
        return Enqueued(known, False)
    lane = await _lane(session, new.lane)
    vstart = max(user.vfinish, lane.v)
    user.vfinish = vstart + new.cost / user.weight
    job = Job(
        **vars(new), result={}, state=State.queued, attempt=0, vstart=vstart,
        vfinish=user.vfinish, created_at=now,
    )  # fmt: skip
    session.add(job)
    await session.flush()
    await notify(session, "jobs")
    return Enqueued(job, True)


async def _known(session: AsyncSession, new: NewJob) -> Job | None:
    same = Job.request_id == new.request_id
    if new.custom_id is not None:
        click = and_(
            Job.user_id == new.user_id, Job.source_message_id == new.source_message_id,
            Job.custom_id == new.custom_id, Job.state.in_(UNFINISHED),
        )  # fmt: skip
        same = or_(same, click)
    return await session.scalar(select(Job).where(same).limit(1))


async def _lane(session: AsyncSession, name: str) -> Lane:
    lane = await session.get(Lane, name)
    if lane is None:
        lane = Lane(name=name, v=0.0, card={})
        session.add(lane)
        await session.flush()
    return lane


async def get(session: AsyncSession, job_id: int) -> Job | None:
    """The job of that id."""
    return await session.get(Job, job_id)


async def unfinished(session: AsyncSession, user_id: int) -> list[Job]:
    """A member's queued and running jobs, oldest first."""
    query = select(Job).where(Job.user_id == user_id, Job.state.in_(UNFINISHED)).order_by(Job.id)
    return list(await session.scalars(query))


async def position(session: AsyncSession, job_id: int) -> int:
    """How many jobs of its lane run or come before it."""
    return len(await _ahead(session, await session.get_one(Job, job_id)))


async def _ahead(session: AsyncSession, job: Job) -> list[Job]:
    if job.state != State.queued:
        return []
    before = and_(
        Job.state == State.queued,
        or_(Job.vstart < job.vstart, and_(Job.vstart == job.vstart, Job.id < job.id)),
    )
    query = select(Job).where(Job.lane == job.lane, or_(before, Job.state == State.running))
    return list(await session.scalars(query))


async def eta(session: AsyncSession, job_id: int, now: datetime) -> float | None:
    """Seconds until the job is done, from measured times a picture; None if none is measured."""
    job = await session.get_one(Job, job_id)
    done = select(Job).where(Job.lane == job.lane, Job.state == State.succeeded)
    latest = await session.scalars(done.order_by(Job.finished_at.desc()).limit(50))
    paces = [
        (past.finished_at - past.started_at).total_seconds() / past.params["images"]
        for past in latest
        if past.finished_at and past.started_at
    ]
    if not paces:
        return None
    pace = median(paces)
    work = sum(_left(other, pace, now) for other in await _ahead(session, job))
    return work + _left(job, pace, now)


def _left(job: Job, pace: float, now: datetime) -> float:
    whole = float(pace * job.params["images"])
    if job.state == State.running and job.started_at is not None:
        return max(0.0, whole - (now - job.started_at).total_seconds())
    return whole


async def to_deliver(session: AsyncSession, limit: int) -> list[Job]:
    """Finished jobs whose message does not show it yet, oldest end first."""
    query = select(Job).where(Job.delivered_at.is_(None), Job.state.not_in(UNFINISHED))
    return list(await session.scalars(query.order_by(Job.finished_at).limit(limit)))


async def in_progress(session: AsyncSession) -> list[tuple[Job, Progress | None]]:
    """Queued and running jobs with their progress, oldest first."""
    query = select(Job, Progress).outerjoin(Progress, Progress.job_id == Job.id)
    rows = await session.execute(query.where(Job.state.in_(UNFINISHED)).order_by(Job.id))
    return [(job, progress) for job, progress in rows]


async def set_message(session: AsyncSession, job_id: int, channel_id: int, message_id: int) -> None:
    """Notes which message is the job's."""
    place = update(Job).where(Job.id == job_id)
    await session.execute(place.values(channel_id=channel_id, message_id=message_id))


async def mark_delivered(session: AsyncSession, job_id: int, now: datetime) -> None:
    """Notes that the job's message shows its end."""
    await session.execute(update(Job).where(Job.id == job_id).values(delivered_at=now))


async def forget_messages(session: AsyncSession, newest: int) -> None:
    """Makes delivery post the newest finished jobs again; nothing else is left to post."""
    finished = Job.state.not_in(UNFINISHED)
    latest = select(Job.id).where(finished).order_by(Job.id.desc()).limit(newest)
    ids = list(await session.scalars(latest))
    again = update(Job).where(or_(Job.id.in_(ids), Job.state.in_(UNFINISHED)))
    await session.execute(again.values(message_id=None, delivered_at=None))


async def register_lane(session: AsyncSession, name: str, card: dict[str, Any]) -> None:
    """Notes what a lane's model can do; its clock goes on."""
    (await _lane(session, name)).card = card


async def lane_card(session: AsyncSession, name: str) -> dict[str, Any] | None:
    """What the lane's model can do; None before its first worker came."""
    query = select(Lane.card).where(Lane.name == name)
    return (await session.scalar(query)) or None
