"""Jobs as the bot sees them: queueing, looking, and where their messages are. Never commits."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db import lanes
from db.tables import (
    KEPT,
    SUCCEEDED,
    UNDELIVERED,
    UNFINISHED,
    Job,
    Operation,
    Progress,
    State,
    User,
)
from db.waking import notify


@dataclass(frozen=True)
class NewJob:
    """What enters the queue. `params` has at least prompt, images, seed and sources."""

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
    private: bool = False


@dataclass(frozen=True)
class UnderWay:
    """Of a job that has not ended: where it is shown. There may be thousands."""

    id: int
    channel_id: int
    message_id: int | None
    created_at: datetime


@dataclass(frozen=True)
class Enqueued:
    """A job in the queue; `created` is False when the same request or click had made it."""

    job: Job
    created: bool


async def enqueue(session: AsyncSession, new: NewJob, now: datetime) -> Enqueued:
    """Queues by virtual time: a member's jobs line up behind each other, members side by side.

    The member must be enrolled. Whoever calls spends the cost, if the job was created.
    """
    user = await session.get_one(User, new.user_id, with_for_update=True, populate_existing=True)
    if (known := await _known(session, new)) is not None:
        return Enqueued(known, False)
    lane = await lanes.find(session, new.lane)
    vstart = max(user.vfinish, lane.v)
    user.vfinish = vstart + max(new.cost, 1) / user.weight  # what is free takes its turn too
    job = Job(
        **vars(new),
        result={},
        state=State.queued,
        attempt=0,
        vstart=vstart,
        vfinish=user.vfinish,
        created_at=now,
    )
    session.add(job)
    await session.flush()
    await notify(session, "jobs")
    return Enqueued(job, True)


async def _known(session: AsyncSession, new: NewJob) -> Job | None:
    """The job that the same request, or the same click, has made before."""
    replayed = select(Job).where(Job.request_id == new.request_id)
    clicked = select(Job).where(
        Job.user_id == new.user_id,
        Job.source_message_id == new.source_message_id,
        Job.custom_id == new.custom_id,
        UNFINISHED,
    )
    known = await session.scalar(replayed)
    if known is None and new.custom_id is not None:
        known = await session.scalar(clicked)
    return known


async def get(session: AsyncSession, job_id: int) -> Job | None:
    """The job of that id."""
    return await session.get(Job, job_id)


async def unfinished(session: AsyncSession, user_id: int) -> list[Job]:
    """A member's queued and running jobs, oldest first."""
    query = select(Job).where(Job.user_id == user_id, UNFINISHED).order_by(Job.id)
    return list(await session.scalars(query))


async def last_made(session: AsyncSession, user_id: int, guild_id: int | None) -> Job | None:
    """The member's newest job of the server that gave pictures."""
    made = (Job.user_id == user_id, Job.guild_id == guild_id, SUCCEEDED)
    return await session.scalar(select(Job).where(*made).order_by(Job.id.desc()).limit(1))


async def to_deliver(
    session: AsyncSession, limit: int, busy: Collection[int] = (), resting: Collection[int] = ()
) -> list[Job]:
    """Ended jobs whose message does not show it yet, the first to end first.

    Without those of busy channels and those that rest, which would keep others out for long.
    """
    query = select(Job).where(UNDELIVERED, Job.channel_id.not_in(busy), Job.id.not_in(resting))
    return list(await session.scalars(query.order_by(Job.finished_at).limit(limit)))


async def under_way(session: AsyncSession) -> list[UnderWay]:
    """Queued and running jobs, oldest first."""
    columns = select(Job.id, Job.channel_id, Job.message_id, Job.created_at)
    rows = await session.execute(columns.where(UNFINISHED).order_by(Job.id))
    return [UnderWay(*row) for row in rows]


async def with_progress(session: AsyncSession, job_id: int) -> tuple[Job, Progress | None]:
    """The job, and how far it is if it runs."""
    return await session.get_one(Job, job_id), await session.get(Progress, job_id)


async def not_shown(session: AsyncSession, job_ids: Collection[int]) -> list[int]:
    """Those of the jobs whose messages don't show their end yet."""
    query = select(Job.id).where(Job.id.in_(job_ids), or_(UNFINISHED, UNDELIVERED))
    return list(await session.scalars(query))


async def set_message(session: AsyncSession, job_id: int, channel_id: int, message_id: int) -> None:
    """Notes which message is the job's."""
    place = update(Job).where(Job.id == job_id)
    await session.execute(place.values(channel_id=channel_id, message_id=message_id))


async def make_private(
    session: AsyncSession, job_id: int, channel_id: int, message_id: int
) -> None:
    """Notes that the job is shown to its member alone from now on, in that direct message."""
    place = {"channel_id": channel_id, "message_id": message_id, "private": True}
    await session.execute(update(Job).where(Job.id == job_id).values(**place))


async def mark_delivered(session: AsyncSession, job_id: int, now: datetime) -> None:
    """Notes that the job's message shows its end."""
    await session.execute(update(Job).where(Job.id == job_id).values(delivered_at=now))


async def keep(session: AsyncSession, job_id: int) -> None:
    """Notes that the job's end could be shown nowhere, until its member was told so."""
    await session.execute(update(Job).where(Job.id == job_id).values(kept=True))


async def tell_kept(session: AsyncSession, user_id: int) -> list[int]:
    """The member's jobs that could be shown nowhere; each is given once."""
    mine = update(Job).where(Job.user_id == user_id, KEPT).values(kept=False)
    return sorted(await session.scalars(mine.returning(Job.id)))


async def forget_messages(session: AsyncSession, newest: int) -> None:
    """Makes delivery post anew: the newest ended jobs, and those that are still under way."""
    ended = select(Job.id).where(Job.finished_at.is_not(None))
    ids = list(await session.scalars(ended.order_by(Job.id.desc()).limit(newest)))
    shown = update(Job).where(or_(Job.id.in_(ids), UNFINISHED))
    await session.execute(shown.values(message_id=None, delivered_at=None))


async def any_elsewhere(session: AsyncSession, guild_id: int) -> bool:
    """Whether there was ever a request in another server."""
    other = select(Job.id).where(Job.guild_id != guild_id).limit(1)
    return await session.scalar(other) is not None
