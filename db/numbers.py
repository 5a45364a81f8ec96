"""What a host measures: how much waits, how much was done. Takes a session and only reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.flag_tables import Flag
from db.member_tables import UNSENT, Letter
from db.tables import QUEUED, RUNNING, UNDELIVERED, Image, Job, Lane, LedgerEntry

Counts = Mapping[tuple[str, ...], int]
"""Numbers by their labels."""


@dataclass(frozen=True)
class Moment:
    """How it stands now: jobs by lane, ended ones by lane and state, cases by action."""

    queued: Counts
    running: Counts
    oldest_queued: datetime | None
    undelivered: int
    ended: Counts
    pictures: int
    spent: int
    flags: Counts
    letters: int


async def moment(session: AsyncSession) -> Moment:
    """All of it, counted now."""
    by_lane = select(Job.lane, func.count()).group_by(Job.lane)
    ended = select(Job.lane, Job.state, func.count()).where(Job.finished_at.is_not(None))
    spent = select(-func.sum(LedgerEntry.amount)).where(LedgerEntry.kind.in_(("spend", "refund")))
    idle: dict[tuple[str, ...], int] = {
        (lane,): 0 for lane in await session.scalars(select(Lane.name))
    }
    return Moment(
        queued=idle | await _counts(session, by_lane.where(QUEUED)),
        running=idle | await _counts(session, by_lane.where(RUNNING)),
        oldest_queued=await session.scalar(select(func.min(Job.created_at)).where(QUEUED)),
        undelivered=await _count(session, select(func.count(Job.id)).where(UNDELIVERED)),
        ended=await _counts(session, ended.group_by(Job.lane, Job.state)),
        pictures=await _count(session, select(func.count(Image.job_id))),
        spent=await _count(session, spent),
        flags=await _counts(session, select(Flag.action, func.count()).group_by(Flag.action)),
        letters=await _count(session, select(func.count(Letter.id)).where(UNSENT)),
    )


async def _counts(
    session: AsyncSession, query: Select[*tuple[Any, ...]]
) -> dict[tuple[str, ...], int]:
    rows = await session.execute(query)
    return {tuple(map(str, labels)): number for *labels, number in rows}


async def _count(session: AsyncSession, query: Select[Any]) -> int:
    return await session.scalar(query) or 0
