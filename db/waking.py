"""How a process learns that there may be news for it. A hint: a lost one costs only time.

A news before the wait counts, so between reading and waiting nothing is missed. Each
channel is waited on by one task of a process.
"""

import asyncio
import math
from contextlib import suppress
from typing import Any, Literal, Protocol

import asyncpg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

Channel = Literal["jobs", "updates"]
CHANNELS: tuple[Channel, ...] = ("jobs", "updates")

POLL = 0.05
"""Seconds between two looks at a SQLite file."""


async def notify(session: AsyncSession, channel: Channel) -> None:
    """Wakes who waits on the channel, when the transaction commits. SQLite needs no telling."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text(f"NOTIFY {channel}"))


class Waker(Protocol):
    """Waits for news."""

    async def wait(self, channel: Channel, seconds: float) -> None:
        """Returns when there may be news on the channel, or after that many seconds."""

    async def close(self) -> None:
        """Gives its connection back."""


class FileWatch:
    """SQLite: asks every 50 ms whether any other connection has committed; both channels hear."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._seen: dict[Channel, int] = {}

    async def wait(self, channel: Channel, seconds: float) -> None:
        """See Waker."""
        for _ in range(max(1, math.ceil(seconds / POLL))):
            version = await self._version()
            if version != self._seen.get(channel):
                self._seen[channel] = version
                return
            await asyncio.sleep(POLL)

    async def _version(self) -> int:
        """A number that changes with every commit of another connection."""
        raw = await self._connection.get_raw_connection()
        [row] = await _driver(raw).execute_fetchall("PRAGMA data_version")
        return int(row[0])

    async def close(self) -> None:
        """See Waker."""
        await self._connection.close()


class Listener:
    """PostgreSQL: a connection that hears NOTIFY, and is made again when it breaks."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._connection: AsyncConnection | None = None
        self._news = {channel: asyncio.Event() for channel in CHANNELS}

    async def wait(self, channel: Channel, seconds: float) -> None:
        """See Waker."""
        with suppress(
            OSError, DBAPIError, asyncpg.PostgresError
        ):  # whoever reads next meets the same error
            await self._listen()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news[channel].wait(), seconds)
        self._news[channel].clear()

    async def _listen(self) -> None:
        if self._connection is not None:
            raw = await self._connection.get_raw_connection()
            if not _driver(raw).is_closed():
                return
            await self.close()
        self._connection = await self._engine.connect()
        driver = _driver(await self._connection.get_raw_connection())
        driver.add_termination_listener(self._hear_all)
        for channel in CHANNELS:
            await driver.add_listener(channel, self._hear)
        self._hear_all(driver)  # what was said before is unknown

    def _hear(self, connection: Any, process: int, channel: Channel, payload: object) -> None:
        self._news[channel].set()

    def _hear_all(self, connection: Any) -> None:
        """Also when the line breaks: who waits then would hear nothing more."""
        for news in self._news.values():
            news.set()

    async def close(self) -> None:
        """See Waker. The connection is not used again: it would go on listening."""
        if self._connection is not None:
            broken, self._connection = self._connection, None
            await broken.invalidate()
            await broken.close()


def _driver(raw: Any) -> Any:
    """The driver's own connection."""
    return raw.driver_connection
