"""Brings a database to this version, once, whoever starts first. Knows no table.

Both databases change their tables inside a transaction, so a step that breaks leaves the
database as it was. SQLite's own write lock keeps others out, PostgreSQL's an advisory one.
"""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, create_engine, inspect, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from db import sqlite
from db.backup import copy
from db.errors import NewerDatabase, OlderDatabase
from db.faults import opening

HERE = Path(__file__).parent

LOCK = 5_505_505_505
"""The number of the advisory lock."""


async def migrate(url: str) -> None:
    """Takes every step that the database lacks; a SQLite file is copied first.

    Raises NewerDatabase, StorageFull or DatabaseUnavailable.
    """
    address = make_url(url)
    with opening():
        if address.get_backend_name() == "sqlite":
            await asyncio.to_thread(_migrate_file, address)
        else:
            await _migrate_server(address)


def check(connection: Connection) -> None:
    """Raises NewerDatabase or OlderDatabase unless the database is of this version."""
    if is_behind(connection):
        raise OlderDatabase


def is_behind(connection: Connection) -> bool:
    """Whether steps are to be taken. Raises NewerDatabase when it knows a step that we don't."""
    steps = _steps()
    current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in {step.revision for step in steps.walk_revisions()}:
        raise NewerDatabase
    return current != steps.get_current_head()


def _steps() -> ScriptDirectory:
    return ScriptDirectory(str(HERE))


def settings(connection: Connection) -> Config:
    """What Alembic must know: where the steps lie, and the connection that `env` takes."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


async def _migrate_server(address: URL) -> None:
    engine = create_async_engine(address)
    try:
        async with engine.begin() as connection:
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
            await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()


def _migrate_file(address: URL) -> None:
    """A step may make a table anew, so foreign keys must not act: they would empty others."""
    sqlite.write_ahead(address.database)
    engine = create_engine(address.set(drivername="sqlite"))
    sqlite.tune(engine, "IMMEDIATE", "foreign_keys=OFF")
    try:
        with engine.begin() as connection:
            if is_behind(connection) and inspect(connection).get_table_names():
                copy(Path(address.database or ""), f"before-{_steps().get_current_head()}")
            _upgrade(connection)
            if connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                raise RuntimeError("a migration broke a reference between tables")
    finally:
        engine.dispose()


def _upgrade(connection: Connection) -> None:
    if is_behind(connection):
        command.upgrade(settings(connection), "head")
