"""A server's days in numbers: what was made, how long it took, what was refused. Only reads."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.flag_tables import Flag
from db.tables import Job, State

MOST = 100_000
"""Requests that are looked at, the newest of the time asked for."""

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Day:
    """One day (UTC). Waits are in seconds from request to pictures; None where there were none.

    `busy` is the share of the day in which something was being drawn, for whomever.
    """

    date: date
    pictures: int
    wait: float | None
    long_wait: float | None
    refused: int
    busy: float


async def days(session: AsyncSession, guild_id: int, number: int, now: datetime) -> list[Day]:
    """The last days with today, oldest first."""
    first = now.date() - timedelta(days=number - 1)
    midnight = datetime(first.year, first.month, first.day, tzinfo=now.tzinfo)
    query = select(Job).where(Job.finished_at >= midnight).order_by(Job.id.desc()).limit(MOST)
    ended = list(await session.scalars(query))
    mine = [job for job in ended if job.guild_id == guild_id]
    flags = select(Flag.created_at).where(
        Flag.guild_id == guild_id, Flag.action == "block", Flag.created_at >= midnight
    )
    refused = [moment.date() for moment in await session.scalars(flags)]
    spans = [(job.started_at, job.finished_at) for job in ended if job.started_at]
    return [
        _day(first + timedelta(days=n), midnight + timedelta(days=n), mine, refused, spans, now)
        for n in range(number)
    ]


def _day(
    day: date,
    start: datetime,
    ended: Iterable[Job],
    refused: Sequence[date],
    spans: Iterable[tuple[datetime, datetime | None]],
    now: datetime,
) -> Day:
    end = start + timedelta(days=1)
    made = [
        job
        for job in ended
        if job.state is State.succeeded and job.finished_at and start <= job.finished_at < end
    ]
    waits = sorted(
        (job.finished_at - job.created_at).total_seconds() for job in made if job.finished_at
    )
    clipped = [(max(a, start), min(b, end)) for a, b in spans if b and a < end and b > start]
    so_far = min(end, max(now, start + timedelta(seconds=1))) - start
    return Day(
        date=day,
        pictures=sum(job.params["images"] for job in made),
        wait=median(waits) if waits else None,
        long_wait=waits[9 * len(waits) // 10] if waits else None,
        refused=refused.count(day),
        busy=covered(clipped) / so_far.total_seconds(),
    )


def covered(spans: Iterable[Span]) -> float:
    """Seconds that lie in at least one of the spans: what a batch draws together counts once."""
    total, until = 0.0, None
    for start, end in sorted(spans):
        begin = start if until is None else max(start, until)
        total += max(0.0, (end - begin).total_seconds())
        until = end if until is None else max(until, end)
    return total
