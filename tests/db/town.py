"""Members and a worker in a few words, for tests of the queue and the ledger."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from db import credits, jobs, queue
from db.engine import Database
from db.jobs import Enqueued, NewJob
from db.tables import Job, Operation, State, User

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
PLAN = credits.Plan(first_month=50, monthly=15)
LEASE = 30.0

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what no difference between the databases can change."""


@dataclass
class Town:
    """One database, and a clock that goes on only when it is told to."""

    database: Database
    now: datetime = NOW
    requests: count = field(default_factory=count)

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    async def do(self, act: Callable[..., Awaitable[Any]], *args: Any, **named: Any) -> Any:
        """One function of `db` in a transaction of its own."""
        async with self.database.write() as session:
            return await act(session, *args, **named)

    async def submit(self, user: int = 1, **more: Any) -> Enqueued:
        """A request as the front door takes it: enrol, enqueue and spend in one transaction."""
        new = self.request(user, **more)
        async with self.database.write() as session:
            await credits.enrol(session, user, self.now, PLAN)
            enqueued = await jobs.enqueue(session, new, self.now)
            if enqueued.created:
                await credits.spend(session, user, enqueued.job.id, new.cost, self.now)
        return enqueued

    def request(self, user: int = 1, images: int = 4, **more: Any) -> NewJob:
        named = {
            "guild_id": 2,
            "channel_id": 3,
            "request_id": f"request {next(self.requests)}",
            "operation": Operation.text_to_image,
            "params": {"prompt": "a red cube", "images": images, "seed": 7, "sources": []},
            "lane": "mini",
            "batch_key": "text_to_image",
            "cost": 1,
        }
        return NewJob(user_id=user, **(named | more))

    async def ask(self, user: int = 1, **more: Any) -> Job:
        return (await self.submit(user, **more)).job

    async def claim(self, limit: int = 8, worker: str = "worker") -> list[Job]:
        return await self.do(queue.claim, "mini", worker, limit, LEASE, self.now)

    async def running(self, **more: Any) -> Job:
        """A job that a worker holds."""
        await self.ask(**more)
        [job] = await self.claim()
        return job

    async def finish(self, job: Job) -> bool:
        return await self.do(queue.finish, job.id, job.attempt, self.now, {"unknown_words": []})

    async def fail(self, job: Job, retry: bool = True) -> State | None:
        return await self.do(queue.fail, job.id, job.attempt, self.now, "it broke", retry)

    async def cancel(self, job: Job) -> bool:
        return await self.do(queue.cancel, job.id, self.now)

    async def job(self, job: Job) -> Job:
        """The job as it is now."""
        async with self.database.read() as session:
            found = await jobs.get(session, job.id)
        assert found is not None
        return found

    async def user(self, user: int = 1) -> User:
        async with self.database.read() as session:
            return await session.get_one(User, user)

    async def balance(self, user: int = 1) -> int:
        async with self.database.read() as session:
            return await credits.balance(session, user, self.now)
