"""What the databases' own errors mean to people. Knows no table and no password."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from sqlalchemy.exc import DBAPIError

from db.errors import DatabaseUnavailable, StorageFull

DISK_FULL = ("SQLITE_FULL", "53100")
"""The names that SQLite and PostgreSQL give it."""


@contextmanager
def opening() -> Iterator[None]:
    """Turns what keeps a database from opening into DatabaseUnavailable or StorageFull."""
    with writing():
        try:
            yield
        except (OSError, sqlite3.Error, asyncpg.PostgresError, DBAPIError) as error:
            if _is_full(error):
                raise
            words = str(_cause(error)).splitlines() or ["it does not answer"]
            reason = words[0].rstrip(".")
            raise DatabaseUnavailable(f"The database can't be opened: {reason}.") from error


@contextmanager
def writing() -> Iterator[None]:
    """Turns a full disk into StorageFull; every other error passes as it is."""
    try:
        yield
    except (sqlite3.Error, asyncpg.PostgresError, DBAPIError) as error:
        if _is_full(error):
            raise StorageFull from error
        raise


def _is_full(error: BaseException) -> bool:
    cause = _cause(error)
    name = getattr(cause, "sqlite_errorname", getattr(cause, "sqlstate", None))
    return name in DISK_FULL


def _cause(error: BaseException) -> BaseException:
    """The driver's error inside SQLAlchemy's."""
    return error.orig or error if isinstance(error, DBAPIError) else error
