"""Copies of a SQLite file beside it. PostgreSQL has tools of its own. Knows no table.

A copy is consistent although others write meanwhile, and has its name only once it is whole.
"""

import asyncio
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy import make_url

from db.faults import opening

KEPT = 3
"""How many copies of each kind stay; older ones go."""


async def backup(url: str, now: datetime) -> Path | None:
    """The day's copy of a SQLite database, made unless it is there; None on PostgreSQL.

    Raises StorageFull or DatabaseUnavailable.
    """
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        return None
    file, label = Path(address.database or ""), f"day-{now:%Y-%m-%d}"
    if (target := _place(file, label)).exists():
        return target
    with opening():
        return await asyncio.to_thread(copy, file, label)


def copy(path: Path, label: str) -> Path:
    """Copies the file to FILE.LABEL, and drops old copies of the kind that opens the label."""
    target, unfinished = _place(path, label), _place(path, "copying")
    unfinished.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(unfinished)) as to:
        source.backup(to)
    unfinished.replace(target)
    kind = label.partition("-")[0]
    for old in sorted(path.parent.glob(f"{path.name}.{kind}-*"))[:-KEPT]:
        old.unlink()
    return target


def _place(path: Path, label: str) -> Path:
    return path.with_name(f"{path.name}.{label}")
