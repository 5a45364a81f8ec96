"""A server's days in numbers: what was made, how long it took, what was refused. Only reads."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import median

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.flag_tables import CaseState, Flag
from db.flags import UNDECIDED
from db.tables import SUCCEEDED, Job

MOST = 100_000
"""Requests, or cases, that are looked at, the newest of the time asked for."""

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


@dataclass(frozen=True)
class Made:
    """A request that gave pictures."""

    asked: datetime
    ready: datetime
    pictures: int


@dataclass(frozen=True)
class CaseDay:
    """The cases that were opened on one day (UTC), and how they stand now.

    `waits` are the seconds from the case to its decision, of those that are decided.
    """

    date: date
    stages: Counter[str] = field(default_factory=Counter)
    categories: Counter[str] = field(default_factory=Counter)
    states: Counter[CaseState] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)


async def days(session: AsyncSession, guild_id: int, number: int, now: datetime) -> list[Day]:
    """The last days with today, oldest first."""
    midnight = _midnight(number, now)
    first = midnight.date()
    pictures = Job.params["images"].as_integer()
    columns = select(Job.created_at, Job.finished_at, pictures).where(SUCCEEDED)
    newest = columns.where(Job.finished_at >= midnight, Job.guild_id == guild_id)
    rows = await session.execute(newest.order_by(Job.id.desc()).limit(MOST))
    made = [Made(*row) for row in rows]
    flags = select(Flag.created_at).where(
        Flag.guild_id == guild_id, Flag.action == "block", Flag.created_at >= midnight
    )
    refused = [moment.date() for moment in await session.scalars(flags)]
    drawn = select(Job.started_at, Job.finished_at).where(
        Job.finished_at >= midnight, Job.started_at.is_not(None)
    )
    times = await session.execute(drawn.order_by(Job.id.desc()).limit(MOST))
    spans: list[Span] = [(start, end) for start, end in times if start and end]
    return [
        _day(first + timedelta(days=n), midnight + timedelta(days=n), made, refused, spans, now)
        for n in range(number)
    ]


async def cases(session: AsyncSession, guild_id: int, number: int, now: datetime) -> list[CaseDay]:
    """The last days with today, oldest first. A report's category is ''."""
    midnight = _midnight(number, now)
    columns = (Flag.created_at, Flag.stage, Flag.category, Flag.state, Flag.decided_at)
    query = select(*columns).where(Flag.guild_id == guild_id, Flag.created_at >= midnight)
    found = [CaseDay(midnight.date() + timedelta(days=n)) for n in range(number)]
    for opened, stage, category, state, decided in await session.execute(
        query.order_by(Flag.id.desc()).limit(MOST)
    ):
        day = found[min((opened - midnight).days, number - 1)]
        day.stages[stage] += 1
        day.categories[category or ""] += 1
        day.states[state] += 1
        if decided and state not in UNDECIDED:
            day.waits.append((decided - opened).total_seconds())
    return found


def _midnight(number: int, now: datetime) -> datetime:
    """When the first of the last days began."""
    first = now.date() - timedelta(days=number - 1)
    return datetime(first.year, first.month, first.day, tzinfo=now.tzinfo)


def _day(
    day: date,
    start: datetime,
    made: Iterable[Made],
    refused: Sequence[date],
    spans: Iterable[Span],
    now: datetime,
) -> Day:
    end = start + timedelta(days=1)
    today = [request for request in made if start <= request.ready < end]
    waits = sorted((request.ready - request.asked).total_seconds() for request in today)
    clipped = [(max(a, start), min(b, end)) for a, b in spans if a < end and b > start]
    so_far = min(end, max(now, start + timedelta(seconds=1))) - start
    return Day(
        date=day,
        pictures=sum(request.pictures for request in today),
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
