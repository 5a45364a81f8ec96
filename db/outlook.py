"""How long a job still takes: the claims that lie before it, played through ahead of time.

By what the lane's latest batches took. Never commits, and changes nothing.
"""

import heapq
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import StatisticsError, linear_regression, mean

from sqlalchemy import ColumnElement, TextClause, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.flag_tables import Guild
from db.lanes import is_served
from db.queue import UNPAUSED, fitting
from db.tables import QUEUED, RUNNING, SUCCEEDED, Job, State

MEASURED = 60
"""How many past jobs of a lane an estimate looks at."""
LOOKED_AT = 200
"""How many waiting jobs are played through; for more, the rest is taken to go on like them."""
RECENT = timedelta(minutes=5)
"""How long after its last batch a worker is taken to be there."""


@dataclass(frozen=True)
class Outlook:
    """The jobs that run or come before it; the seconds until it is done, None if unmeasured.

    A paused job waits until the moderators of its server let it go on, one that is not served
    until its lane has a worker again.
    """

    ahead: int
    seconds: float | None
    paused: bool = False
    served: bool = True


@dataclass(frozen=True)
class Pace:
    """What a batch takes: so long for itself, and for each picture. `room` is the largest seen."""

    batch: float
    picture: float
    room: int

    def of(self, pictures: int) -> float:
        """Seconds for a batch of so many pictures."""
        return self.batch + self.picture * pictures


@dataclass(frozen=True)
class Waiting:
    """A job in the line, as far as claims look at it."""

    id: int
    key: str
    attempt: int
    pictures: int


async def outlook(session: AsyncSession, job_id: int, now: datetime) -> Outlook:
    """What a member is told of a job: of one that is not queued, only how long it takes."""
    job = await session.get_one(Job, job_id)
    pace = await _pace(session, job.lane)
    running = await _running(session, job.lane)
    if job.state is not State.queued:
        left = _left(job, running, pace, now) if pace else None
        return Outlook(0, left)
    before = await session.scalar(select(func.count()).where(*_before(job))) or 0
    ahead = before + sum(map(len, running.values()))
    if job.guild_id is not None and await _paused(session, job.guild_id):
        return Outlook(ahead, None, paused=True)
    if not await is_served(session, job.lane, now):
        return Outlook(ahead, None, served=False)
    if pace is None:
        return Outlook(ahead, None)
    ends = [_left(batch[0], running, pace, now) for batch in running.values()]
    ends += [0.0] * await _idle(session, job.lane, running, now)
    line = await _line(session, job.lane)
    if not line:  # it was claimed just now
        return Outlook(ahead, None)
    seconds = play(line, min(before, len(line) - 1), ends or [0.0], pace)
    return Outlook(ahead, seconds * max(1.0, before / len(line)))


def play(line: Sequence[Waiting], place: int, free: Sequence[float], pace: Pace) -> float:
    """When that one of the line is done, by workers that are free after so many seconds."""
    ahead, ends = list(line), list(free)
    heapq.heapify(ends)
    while True:
        batch = _claimed(ahead, pace.room)
        end = heapq.heappop(ends) + pace.of(sum(job.pictures for job in batch))
        if line[place] in batch:
            return end
        heapq.heappush(ends, end)
        ahead = [job for job in ahead if job not in batch]


def _claimed(ahead: Sequence[Waiting], room: int) -> list[Waiting]:
    """What `queue.claim` would take: the head, and after it what fits and is like it.

    A retry runs alone.
    """
    head = ahead[0]
    if head.attempt:
        return [head]
    mates = [job for job in ahead[1:] if job.key == head.key and not job.attempt]
    return [head, *mates[: fitting((job.pictures for job in mates), room - head.pictures)]]


def _before(job: Job) -> tuple[ColumnElement[bool] | TextClause, ...]:
    """Of the jobs in its lane, those that are queued and come first."""
    earlier = or_(Job.vstart < job.vstart, and_(Job.vstart == job.vstart, Job.id < job.id))
    return Job.lane == job.lane, Job.vstart <= job.vstart, earlier, QUEUED, UNPAUSED


async def _line(session: AsyncSession, lane: str) -> list[Waiting]:
    """What comes next, in the order of claims."""
    pictures = Job.params["images"].as_integer()
    columns = select(Job.id, Job.batch_key, Job.attempt, pictures)
    line = columns.where(Job.lane == lane, QUEUED, UNPAUSED).order_by(Job.vstart, Job.id)
    rows = await session.execute(line.limit(LOOKED_AT))
    return [Waiting(*row) for row in rows]


async def _running(session: AsyncSession, lane: str) -> dict[str | None, list[Job]]:
    """What each worker has in hand."""
    batches = defaultdict(list)
    for job in await session.scalars(select(Job).where(Job.lane == lane, RUNNING)):
        batches[job.worker_id].append(job)
    return batches


def _left(job: Job, running: dict[str | None, list[Job]], pace: Pace, now: datetime) -> float:
    """Seconds that a running job still takes, which ends with its batch; 0 for one that ended."""
    if job.state is not State.running or job.started_at is None:
        return 0.0
    pictures = sum(mate.params["images"] for mate in running[job.worker_id])
    return max(0.0, pace.of(pictures) - (now - job.started_at).total_seconds())


async def _pace(session: AsyncSession, lane: str) -> Pace | None:
    """A line through the lane's latest batches; None while there are none."""
    columns = select(
        Job.worker_id, Job.started_at, Job.finished_at, Job.params["images"].as_integer()
    )
    latest = columns.where(Job.lane == lane, SUCCEEDED).order_by(Job.finished_at.desc())
    batches: defaultdict[tuple[str, datetime], list[tuple[float, int]]] = defaultdict(list)
    for worker, start, end, pictures in await session.execute(latest.limit(MEASURED)):
        batches[worker, start].append(((end - start).total_seconds(), pictures))
    sizes = [sum(pictures for _, pictures in batch) for batch in batches.values()]
    times = [max(seconds for seconds, _ in batch) for batch in batches.values()]
    return _fitted(sizes, times) if sizes else None


def _fitted(sizes: Sequence[int], times: Sequence[float]) -> Pace:
    """The line of least squares where it rises from 0 or more, else a straight proportion."""
    try:
        picture, batch = linear_regression(sizes, times)
    except StatisticsError:  # one batch, or all of one size
        picture, batch = 0.0, -1.0
    if picture < 0:
        picture, batch = 0.0, mean(times)
    if batch < 0:
        picture, batch = sum(times) / sum(sizes), 0.0
    return Pace(batch, picture, max(sizes))


async def _idle(
    session: AsyncSession, lane: str, running: dict[str | None, list[Job]], now: datetime
) -> int:
    """How many workers were there a moment ago and have nothing in hand."""
    recent = (Job.lane == lane, SUCCEEDED, Job.finished_at > now - RECENT)
    there = await session.scalars(select(Job.worker_id).where(*recent).distinct())
    return len(set(there) - running.keys())


async def _paused(session: AsyncSession, guild_id: int) -> bool:
    guild = await session.get(Guild, guild_id)
    return guild is not None and guild.paused
