"""The queue of each model: what the model can do, and whether a worker still serves it.

Never commits.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.engine import add_missing
from db.tables import QUEUED, RUNNING, Job, Lane

SILENCE = timedelta(minutes=2)
"""A lane of whose workers nothing was heard for so long has none."""


async def find(session: AsyncSession, name: str) -> Lane:
    """The lane of that name; a new one's clock stands where the others' do."""
    if await session.get(Lane, name) is None:
        latest = await session.scalar(select(func.max(Lane.v)))
        await add_missing(session, Lane(name=name, v=latest or 0.0, card={}))
    return await session.get_one(Lane, name)


async def register(session: AsyncSession, name: str, card: dict[str, Any]) -> None:
    """Notes what a lane's model can do; its clock goes on."""
    (await find(session, name)).card = card


async def card(session: AsyncSession, name: str) -> dict[str, Any] | None:
    """What the lane's model can do; None before its first worker came."""
    query = select(Lane.card).where(Lane.name == name)
    return (await session.scalar(query)) or None


async def is_served(session: AsyncSession, name: str, now: datetime) -> bool:
    """Whether a worker of the lane was heard of lately, or holds a job, which may take long."""
    heard = select(Lane.name).where(Lane.name == name, Lane.seen_at >= now - SILENCE)
    held = select(Job.id).where(Job.lane == name, RUNNING, Job.lease_until >= now)
    return bool(await session.scalar(select(or_(heard.exists(), held.exists()))))


async def missing(session: AsyncSession, name: str) -> dict[str, str]:
    """The operations that the lane's model can't serve, each with the reason as a sentence."""
    told = await card(session, name) or {}
    return told.get("missing", {})


async def tend(session: AsyncSession, name: str, now: datetime) -> int:
    """Notes that the lane has a worker, and brings it what waits in lanes that have none.

    So the jobs of a former model are drawn by the one that came after it. They keep their order,
    as all move by one amount, and stand before whoever comes now. Returns how many they were.
    """
    lane = await find(session, name)
    lane.seen_at = now
    silent = or_(Lane.seen_at.is_(None), Lane.seen_at < now - SILENCE)
    others = select(Lane.name).where(Lane.name != name, silent)
    busy = select(Job.lane).where(RUNNING)
    late = (QUEUED, Job.lane.in_(others), Job.lane.not_in(busy), Job.created_at < now - SILENCE)
    last = await session.scalar(select(func.max(Job.vstart)).where(*late)) or 0.0
    ahead = max(0.0, last - lane.v)
    moved = await session.execute(
        update(Job)
        .where(*late)
        .values(lane=name, vstart=Job.vstart - ahead, vfinish=Job.vfinish - ahead)
        .execution_options(synchronize_session=False)
    )
    return int(moved.rowcount)  # type: ignore[attr-defined]
