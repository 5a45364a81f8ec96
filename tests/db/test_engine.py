"""Transactions hold or vanish, and what is wrong with a database is said in a sentence."""

import asyncio
import logging
import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from db import flags, jobs, queue
from db.engine import Database, add_missing, open_database, utcnow
from db.errors import DatabaseUnavailable, NewerDatabase, OlderDatabase, StorageFull
from db.flag_tables import Flag
from db.outlook import outlook
from db.tables import Lane
from tests.db.town import Town


async def note(database: Database, prompt: str) -> None:
    async with database.write() as session:
        session.add(flag(prompt))


def flag(prompt: str) -> Flag:
    return Flag(
        user_id=1,
        guild_id=9,
        channel_id=2,
        stage="prompt",
        prompt=prompt,
        action="block",
        created_at=utcnow(),
    )


async def prompts(database: Database) -> list[str]:
    async with database.read() as session:
        return [
            found.prompt for found in reversed(await flags.find(session, 9, flags.Search(), 100))
        ]


async def test_a_transaction_holds(database: Database):
    await note(database, "a")
    assert await prompts(database) == ["a"]


async def test_an_error_leaves_nothing(database: Database):

    async def stumble() -> None:
        async with database.write() as session:
            session.add(flag("a"))
            await session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await stumble()
    assert await prompts(database) == []


async def test_a_cancelled_task_leaves_nothing_and_no_lock(database: Database):
    """A member's interaction may end at any moment of a transaction."""
    for turns in range(12):
        task = asyncio.create_task(note(database, "cut off"))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
    async with asyncio.timeout(5):
        await note(database, "last")
    assert (await prompts(database))[-1] == "last"


async def test_many_at_once(database: Database):
    await asyncio.gather(*(note(database, str(n)) for n in range(30)))
    assert sorted(map(int, await prompts(database))) == list(range(30))


async def test_what_was_read_stays_readable(database: Database):
    async with database.write() as session:
        session.add(found := flag("a"))
    assert found.prompt == "a"


async def test_references_are_kept(town: Town):
    job = await town.ask()
    with pytest.raises(IntegrityError):
        async with town.database.write() as session:
            await session.execute(text("DELETE FROM users"))
    assert await town.job(job)


async def test_adding_what_is_there(database: Database):
    async with database.write() as session:
        assert await add_missing(session, Lane(name="mini", v=1.0, card={}))
        assert not await add_missing(session, Lane(name="mini", v=2.0, card={}))
        assert (await session.get_one(Lane, "mini")).v == 1.0


async def test_the_time(sqlite_url: str, postgresql_url: str):
    """SQLite goes by the given clock, PostgreSQL by its own."""
    fixed = datetime(2001, 1, 1, tzinfo=UTC)
    for url in (sqlite_url, postgresql_url):
        database = await open_database(url, checkpoints=True, clock=lambda: fixed)
        async with database.read() as session:
            now = await database.now(session)
        await database.close()
        if url is sqlite_url:
            assert now == fixed
        else:
            assert abs(now - utcnow()) < timedelta(seconds=5)
            assert now.tzinfo is UTC


async def test_queries_find_their_indexes(town: Town):
    """With a parameter where an index has a word, they would read the whole table."""
    await town.running()
    job = await town.ask()
    asked: list[tuple[str, object]] = []

    def hear(connection, cursor, statement: str, parameters, context, executemany) -> None:
        if statement.startswith("SELECT") and "FROM jobs" in statement:
            asked.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        for index, act in {
            "ix_jobs_queued": (queue.claim, "mini", "worker", 8, 30, town.now),
            "ix_jobs_running": (queue.rescue, town.now),
            "ix_jobs_measured": (outlook, job.id, town.now),
            "ix_jobs_undelivered": (jobs.to_deliver, 10, [5], [6]),
            "uq_jobs_click": (jobs.unfinished, 1),
        }.items():
            asked.clear()
            await town.do(*act)
            assert index in await plans(town.database, list(asked)), index
    finally:
        event.remove(Engine, "before_cursor_execute", hear)


async def plans(database: Database, asked: list) -> str:
    """How the database would answer those statements."""
    async with database.write() as session:
        connection = await session.connection()
        explain = "EXPLAIN QUERY PLAN"
        if connection.dialect.name == "postgresql":
            explain = "EXPLAIN"
            await session.execute(text("SET LOCAL enable_seqscan = off"))
            # As in a table of many: among a handful any index is as good as another.
            many = "UPDATE pg_class SET reltuples = 100000, relpages = 1 WHERE relname = 'jobs'"
            await session.execute(text(many))
        answers = [
            await connection.exec_driver_sql(f"{explain} {statement}", parameters)
            for statement, parameters in asked
        ]
        return "\n".join(str(row) for answer in answers for row in answer)


async def test_readers_can_not_write(sqlite_url: str):
    database = await open_database(sqlite_url, checkpoints=True)
    async with database.read() as session:
        session.add(flag("a"))
        with pytest.raises(DBAPIError, match="readonly"):
            await session.flush()
    await database.close()


@pytest.mark.parametrize(("checkpoints", "pages"), [(True, 1000), (False, 0)])
async def test_one_process_moves_the_log(sqlite_url: str, checkpoints: bool, pages: int):
    database = await open_database(sqlite_url, checkpoints=checkpoints)
    async with database.write() as session:
        assert await session.scalar(text("PRAGMA wal_autocheckpoint")) == pages
        assert await session.scalar(text("PRAGMA journal_mode")) == "wal"
        assert await session.scalar(text("PRAGMA synchronous")) == 2
    await database.close()


async def test_a_full_disk(sqlite_url: str):
    """A real limit on the file's pages. What was there stays, and there is room again later."""
    database = await open_database(sqlite_url, checkpoints=True)
    await note(database, "before")
    async with database.write() as session:
        pages = await session.scalar(text("PRAGMA page_count"))
        await session.execute(text(f"PRAGMA max_page_count={pages}"))
    with pytest.raises(StorageFull, match="disk is full"):
        await note(database, "x" * 100_000)
    assert await prompts(database) == ["before"]
    async with database.write() as session:
        await session.execute(text("PRAGMA max_page_count=1000000"))
    await note(database, "after")
    assert await prompts(database) == ["before", "after"]
    await database.close()


async def test_an_old_sqlite_is_told_once(
    sqlite_url: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    for version, words in (((3, 51, 2), 1), ((3, 51, 3), 0)):
        monkeypatch.setattr(sqlite3, "sqlite_version_info", version)
        caplog.clear()
        for checkpoints in (True, False):
            await (await open_database(sqlite_url, checkpoints=checkpoints)).close()
        warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
        assert len(warnings) == words


async def refused(url: str) -> str:
    """Why it can't be opened. No thread of a driver's is left, which would outlive the loop."""
    before = set(threading.enumerate())
    with pytest.raises(DatabaseUnavailable) as error:
        await open_database(url, checkpoints=True)
    left = set(threading.enumerate()) - before
    assert not [thread for thread in left if "connection_worker" in thread.name]
    return str(error.value)


async def test_no_such_place(tmp_path: Path):
    said = await refused(f"sqlite+aiosqlite:///{tmp_path}/missing/fivesquares.db")
    assert said == "The database can't be opened: unable to open database file."


async def test_not_a_database(tmp_path: Path):
    (tmp_path / "fivesquares.db").write_bytes(b"a letter to my aunt" * 100)
    said = await refused(f"sqlite+aiosqlite:///{tmp_path}/fivesquares.db")
    assert said == "The database can't be opened: file is not a database."


async def test_no_server():
    said = await refused("postgresql+asyncpg://me:secret@127.0.0.1:1/art")
    assert said.startswith("The database can't be opened: ")
    assert "secret" not in said


async def test_no_such_database_on_the_server(postgresql_url: str):
    said = await refused(postgresql_url.replace("/test_", "/other_"))
    assert 'database "other_' in said


async def test_a_database_that_nobody_made(tmp_path: Path):
    with pytest.raises(OlderDatabase, match="start the bot"):
        await open_database(f"sqlite+aiosqlite:///{tmp_path}/new.db", checkpoints=False)


async def test_a_newer_database(sqlite_url: str):
    database = await open_database(sqlite_url, checkpoints=True)
    async with database.write() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await database.close()
    with pytest.raises(NewerDatabase, match="newer version"):
        await open_database(sqlite_url, checkpoints=False)
