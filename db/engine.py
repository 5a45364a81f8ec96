"""Connections, transactions and waking, alike on both databases. Knows no table."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext, suppress
from datetime import UTC, datetime
from typing import Any, Literal

import asyncpg
from sqlalchemy import event, func, make_url, select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from db.migrations.run import migrate as migrate

Clock = Callable[[], datetime]
Channel = Literal["jobs", "updates"]

log = logging.getLogger(__name__)
POLL = 0.05


def utcnow() -> datetime:
    """The real time."""
    return datetime.now(UTC)


async def open_database(url: str, *, checkpoints: bool, clock: Clock = utcnow) -> Database:
    """Opens a migrated database. On SQLite only one process, the bot, passes `checkpoints`."""
    if make_url(url).get_backend_name() == "sqlite":
        if sqlite3.sqlite_version_info < (3, 51, 3):
            log.info("SQLite %s: backups matter, see docs", sqlite3.sqlite_version)
        return Database(_sqlite(url, 1, "IMMEDIATE", checkpoints),
                        _sqlite(url, 4, "DEFERRED", checkpoints), clock, None)  # fmt: skip
    engine = create_async_engine(url, pool_pre_ping=True)
    listener = await _Listener.connect(url)
    return Database(engine, engine, clock, listener)


class Database:
    """One writer and several readers on SQLite; one pool on PostgreSQL."""

    def __init__(
        self, writer: AsyncEngine, reader: AsyncEngine, clock: Clock, listener: _Listener | None
    ) -> None:
        self._writer = writer
        self._reader = reader
        self._clock = clock
        self._listener = listener
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A transaction that commits at the end and rolls back on an error."""
        turn = self._turn if self._listener is None else nullcontext()
        session = AsyncSession(self._writer, expire_on_commit=False)
        async with turn, session, session.begin():
            yield session

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A transaction for reading only."""
        async with AsyncSession(self._reader, expire_on_commit=False) as session:
            yield session

    async def now(self, session: AsyncSession) -> datetime:
        """The time that leases go by: PostgreSQL's clock, as workers' clocks differ."""
        if self._listener is None:
            return self._clock()
        moment = (await session.execute(select(func.clock_timestamp()))).scalar_one()
        return moment.astimezone(UTC)

    async def wait(self, channel: Channel, seconds: float) -> None:
        """Returns when there may be news: PostgreSQL tells, SQLite is asked every 50 ms."""
        if self._listener is None:
            await asyncio.sleep(min(seconds, POLL))
        else:
            await self._listener.wait(channel, seconds)

    async def close(self) -> None:
        """Ends all connections."""
        if self._listener is not None:
            await self._listener.close()
        await self._writer.dispose()
        await self._reader.dispose()


async def notify(session: AsyncSession, channel: Channel) -> None:
    """Wakes who waits on `channel`, once the transaction commits."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text(f"NOTIFY {channel}"))


class _Listener:
    """A connection of its own that hears NOTIFY."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._news: dict[str, asyncio.Event] = {"jobs": asyncio.Event(), "updates": asyncio.Event()}

    @classmethod
    async def connect(cls, url: str) -> _Listener:
        plain = make_url(url).set(drivername="postgresql")
        listener = cls(await asyncpg.connect(plain.render_as_string(hide_password=False)))
        for channel in listener._news:
            await listener._connection.add_listener(channel, listener._hear)
        return listener

    def _hear(self, connection: Any, process: int, channel: str, payload: object) -> None:
        self._news[channel].set()

    async def wait(self, channel: Channel, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news[channel].wait(), seconds)
        self._news[channel].clear()

    async def close(self) -> None:
        await self._connection.close()


def _sqlite(url: str, connections: int, begin: str, checkpoints: bool) -> AsyncEngine:
    engine = create_async_engine(
        url, pool_size=connections, max_overflow=0, connect_args={"timeout": 15}
    )

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # the driver would begin transactions too late
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        if not checkpoints:
            cursor.execute("PRAGMA wal_autocheckpoint=0")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def start(connection: Any) -> None:
        connection.exec_driver_sql(f"BEGIN {begin}")

    return engine
