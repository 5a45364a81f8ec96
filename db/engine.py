"""Connections and transactions, alike on SQLite and PostgreSQL. Knows no table.

SQLite has one writer: here it is one connection behind a lock, so that requests of one
process line up in memory instead of fighting for the file.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from datetime import UTC, datetime

from sqlalchemy import func, make_url, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from db import sqlite
from db.faults import opening, writing
from db.migrations.run import check, migrate
from db.waking import Channel, FileWatch, Listener, Waker

__all__ = ["Clock", "Database", "Session", "add_missing", "migrate", "open_database", "utcnow"]

Clock = Callable[[], datetime]
Session = AsyncSession
"""What the functions of `db` take: a transaction under way."""

READERS = 4
"""Connections of one process that read a SQLite file at the same time."""


def utcnow() -> datetime:
    """The real time."""
    return datetime.now(UTC)


async def open_database(url: str, *, checkpoints: bool, clock: Clock = utcnow) -> Database:
    """Opens a database that `migrate` has brought to this version.

    On SQLite one process alone, the bot, passes `checkpoints`: it moves the log into the
    file. Raises DatabaseUnavailable, NewerDatabase or OlderDatabase.
    """
    address = make_url(url)
    file = address.get_backend_name() == "sqlite"
    if file and checkpoints:
        sqlite.warn_if_old()
    reader = _reading(url) if file else _engine(url, pool_pre_ping=True)
    writer = _writing(url, checkpoints) if file else reader
    try:
        with opening():
            if file:
                await asyncio.to_thread(sqlite.check_file, address.database)
            async with reader.connect() as connection:
                await connection.run_sync(check)
            waker = FileWatch(await reader.connect()) if file else Listener(reader)
    except BaseException:
        await reader.dispose()
        raise
    return Database(writer, reader, waker, clock)


class Database:
    """Transactions, the time, and waiting for news."""

    def __init__(
        self, writer: AsyncEngine, reader: AsyncEngine, waker: Waker, clock: Clock
    ) -> None:
        self._writer = writer
        self._reader = reader
        self._waker = waker
        self._clock = clock
        self._is_file = writer.dialect.name == "sqlite"
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A transaction that commits at the end, and rolls back on an error.

        Rows that were read stay readable after it. Raises StorageFull.
        """
        with writing():
            async with (
                self._turn if self._is_file else nullcontext(),
                AsyncSession(self._writer, expire_on_commit=False) as session,
                session.begin(),
            ):
                yield session

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A transaction that only looks, at one state of the database if it is SQLite."""
        async with AsyncSession(self._reader, expire_on_commit=False) as session:
            yield session

    async def now(self, session: AsyncSession) -> datetime:
        """The time all rows go by: PostgreSQL's own, as machines' clocks differ."""
        if self._is_file:
            return self._clock()
        moment = (await session.execute(select(func.clock_timestamp()))).scalar_one()
        return moment.astimezone(UTC)

    async def check(self) -> None:
        """Raises DatabaseUnavailable unless the database answers."""
        with opening():
            async with self.read() as session:
                await session.execute(select(1))

    async def wait(self, channel: Channel, seconds: float) -> None:
        """Returns when there may be news on the channel, or after that many seconds."""
        await self._waker.wait(channel, seconds)

    async def close(self) -> None:
        """Ends all connections."""
        await self._waker.close()
        await self._writer.dispose()
        await self._reader.dispose()


async def add_missing(session: AsyncSession, row: object) -> bool:
    """Adds the row unless its key is taken, perhaps by somebody else just now."""
    try:
        async with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return False
    return True


def _engine(url: str, **settings: object) -> AsyncEngine:
    """Its errors don't tell the values of rows, among which are prompts."""
    return create_async_engine(url, hide_parameters=True, **settings)


def _writing(url: str, checkpoints: bool) -> AsyncEngine:
    engine = _engine(url, pool_size=1, max_overflow=0)
    pages = 1000 if checkpoints else 0
    settings = ("synchronous=FULL", "foreign_keys=ON", f"wal_autocheckpoint={pages}")
    sqlite.tune(engine.sync_engine, "IMMEDIATE", *settings)
    return engine


def _reading(url: str) -> AsyncEngine:
    engine = _engine(url, pool_size=READERS + 1, max_overflow=0)  # one watches
    sqlite.tune(engine.sync_engine, "DEFERRED", "query_only=ON")
    return engine
