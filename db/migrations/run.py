"""Brings a database to this version: under a lock, after a backup. Knows no table."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, create_engine, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from db.errors import NewerDatabase

BACKUPS_KEPT = 3
_LOCK = 5_505_505_505


async def migrate(url: str) -> None:
    """Upgrades to the newest shape; nothing happens if it is there. Raises NewerDatabase."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        await asyncio.to_thread(_migrate_file, address)
        return
    engine = create_async_engine(address)
    try:
        async with engine.begin() as connection:
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()


def _migrate_file(address: URL) -> None:
    path = Path(address.database or "")
    engine = create_engine(address.set(drivername="sqlite"))
    try:
        with _file_lock(path), engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.commit()
            if path.stat().st_size and _behind(connection):
                _back_up(path)
            _upgrade(connection)
            connection.commit()
    finally:
        engine.dispose()


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    """Held by an exclusive transaction on a file beside the database; dies with its process."""
    with closing(sqlite3.connect(f"{path}.lock", timeout=60, isolation_level=None)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        yield


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _behind(connection: Connection) -> bool:
    """Whether there is something to do. Raises NewerDatabase."""
    script = ScriptDirectory.from_config(_config(connection))
    current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in {step.revision for step in script.walk_revisions()}:
        raise NewerDatabase
    return current != script.get_current_head()


def _upgrade(connection: Connection) -> None:
    if _behind(connection):
        command.upgrade(_config(connection), "head")


def _back_up(path: Path) -> None:
    """Copies the database beside itself, numbered; the oldest copies go."""
    copies = sorted(path.parent.glob(f"{path.name}.backup-*"))
    number = int(copies[-1].name.rsplit("-", 1)[1]) + 1 if copies else 1
    target = path.with_name(f"{path.name}.backup-{number:04d}")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
    for old in copies[: max(0, len(copies) + 1 - BACKUPS_KEPT)]:
        old.unlink()
