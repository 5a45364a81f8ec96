"""How SQLite is spoken to: when transactions begin, what is switched on. Knows no table.

The drivers would begin a transaction only before the first change, too late for a check
that comes before it: two members' checks could both pass. So they are told to begin none,
and each engine begins its own.
"""

import logging
import sqlite3
import time
from contextlib import closing
from typing import Any, Literal

from sqlalchemy import Engine, event

log = logging.getLogger(__name__)

BUSY_SECONDS = 15
"""How long a connection waits while another process writes."""

WAL_RESET_REPAIRED = (3, 51, 3)


def tune(engine: Engine, begin: Literal["IMMEDIATE", "DEFERRED"], *settings: str) -> None:
    """Makes every connection of the engine begin that way, with these PRAGMAs."""

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for setting in (f"busy_timeout={BUSY_SECONDS * 1000}", *settings):
            cursor.execute(f"PRAGMA {setting}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def start(connection: Any) -> None:
        connection.exec_driver_sql(f"BEGIN {begin}")


def write_ahead(path: str | None) -> None:
    """Turns on the write-ahead log, which the file then keeps. Raises sqlite3.Error.

    SQLite does not wait for another writer before this change, as it does before a transaction;
    so one is begun to wait. For who only reads there is no such way: that ends after a while.
    """
    until = time.monotonic() + BUSY_SECONDS
    with closing(sqlite3.connect(path or ":memory:", timeout=BUSY_SECONDS)) as connection:
        connection.isolation_level = None
        while True:
            try:
                connection.execute("PRAGMA journal_mode=WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("ROLLBACK")
            else:
                return


def check_file(path: str | None) -> None:
    """Raises sqlite3.Error for a file that can't be opened, or that is no database.

    The asynchronous driver would, too, but the thread of a connection that failed may outlive the
    event loop, and then ends with a traceback.
    """
    with closing(sqlite3.connect(path or ":memory:")) as connection:
        connection.execute("PRAGMA schema_version")


def warn_if_old() -> None:
    """Versions before 3.51.3 have a rare fault that several processes can meet."""
    if sqlite3.sqlite_version_info < WAL_RESET_REPAIRED:
        log.warning(
            "SQLite %s can, very rarely, damage a database that two processes write; "
            "3.51.3 can't. Keep the daily copies beside the database.",
            sqlite3.sqlite_version,
        )
