"""A day's copy is whole, made once, and not kept for ever."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from db.backup import KEPT, backup
from db.engine import open_database
from tests.db.town import NOW, Town


async def test_a_copy_a_day(sqlite_url: str):
    first = await backup(sqlite_url, NOW)
    assert first.name == "fivesquares.db.day-2026-03-10"
    made = first.stat().st_mtime_ns
    assert await backup(sqlite_url, NOW + timedelta(hours=3)) == first
    assert first.stat().st_mtime_ns == made


async def test_old_days_go(sqlite_url: str, tmp_path: Path):
    days = [await backup(sqlite_url, NOW + timedelta(days=n)) for n in range(5)]
    assert sorted(tmp_path.glob("*.day-*")) == days[-KEPT:]


async def test_a_copy_while_others_write(sqlite_url: str):
    """It is a database of its own, at one moment: every job in it is paid for."""
    database = await open_database(sqlite_url, checkpoints=True)
    town = Town(database)
    writing = asyncio.gather(*(town.ask(user) for user in range(10)))
    copy = await backup(sqlite_url, NOW)
    await writing
    await database.close()
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        jobs = connection.execute("SELECT count(*) FROM jobs").fetchone()
        spent = connection.execute("SELECT count(*) FROM ledger WHERE kind = 'spend'").fetchone()
    assert jobs == spent


async def test_a_server_has_its_own(postgresql_url: str):
    assert await backup(postgresql_url, NOW) is None
