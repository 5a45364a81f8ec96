"""Any start finds the database of its version, and an older one is copied before it changes."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import create_async_engine

from db.backup import KEPT
from db.engine import migrate, open_database
from db.errors import DatabaseUnavailable, NewerDatabase
from db.member_tables import Table
from db.migrations import run
from tests.db.town import Town


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "fivesquares.db"


def address(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


def copies(file: Path) -> list[str]:
    return sorted(path.name for path in file.parent.glob(f"{file.name}.before-*"))


HEAD = run._steps().get_current_head()
NEXT = f"{int(HEAD) + 1:04}"


def ask(file: Path, statement: str) -> list[tuple]:
    with closing(sqlite3.connect(file)) as connection, connection:
        return connection.execute(statement).fetchall()


@pytest.fixture
def with_a_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """This version, with one step more that runs these lines."""
    folder = tmp_path / "migrations"
    (folder / "versions").mkdir(parents=True)
    for path in (
        run.HERE / "env.py",
        run.HERE / "script.py.mako",
        *run.HERE.glob("versions/0*.py"),
    ):
        (folder / path.relative_to(run.HERE)).write_text(path.read_text())

    def add(lines: str) -> None:
        monkeypatch.setattr(run, "HERE", folder)
        head = f'from alembic import op\nrevision = "{NEXT}"\ndown_revision = "{HEAD}"\n'
        step = f"{head}def upgrade() -> None:\n    {lines}\n"
        (folder / "versions" / f"{NEXT}_more.py").write_text(step)

    return add


async def test_the_steps_make_the_tables(database_url: str):
    engine = create_async_engine(database_url)
    async with engine.connect() as connection:
        differences = await connection.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync), Table.metadata)
        )
    await engine.dispose()
    assert differences == []


async def test_to_the_last_word(file: Path, tmp_path: Path):
    """Also checks and partial indexes, which the comparison above does not see."""
    await migrate(address(file))
    engine = create_engine(f"sqlite:///{tmp_path / 'tables.db'}")
    Table.metadata.create_all(engine)
    engine.dispose()
    words = "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'alembic%' ORDER BY name"
    made, meant = [
        {
            name: sorted(" ".join((sql or "").removesuffix(")").split()).split(", "))
            for name, sql in ask(path, words)
        }
        for path in (file, tmp_path / "tables.db")
    ]
    made = {name: sql for name, sql in made.items() if "alembic" not in name}
    assert made == meant


async def test_twice_is_once(file: Path):
    for _ in range(2):
        await migrate(address(file))
    assert copies(file) == []
    assert ask(file, "SELECT version_num FROM alembic_version") == [(HEAD,)]


async def test_several_starts_at_once(file: Path, postgres: Callable[[], str]):
    for url in (address(file), postgres()):
        await asyncio.gather(*(migrate(url) for _ in range(4)))
        await (await open_database(url, checkpoints=True)).close()


async def test_a_start_waits_for_who_writes(file: Path):
    """Also before the write-ahead log is on: SQLite itself waits for nobody to turn it on."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        start = asyncio.create_task(migrate(address(file)))
        done, _ = await asyncio.wait({start}, timeout=0.2)
        assert not done
        connection.execute("ROLLBACK")
    await start
    assert ask(file, "PRAGMA journal_mode") == [("wal",)]


async def test_a_newer_database_is_left_alone(file: Path):
    await migrate(address(file))
    ask(file, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NewerDatabase):
        await migrate(address(file))
    assert ask(file, "SELECT version_num FROM alembic_version") == [("9999",)]
    assert copies(file) == []


async def test_an_older_database_is_copied_first(file: Path, with_a_step: Callable[[str], None]):
    await migrate(address(file))
    with_a_step("op.execute('CREATE TABLE more (id INTEGER)')")
    await migrate(address(file))
    assert copies(file) == [f"fivesquares.db.before-{NEXT}"]
    copy = file.with_name(f"fivesquares.db.before-{NEXT}")
    assert ask(copy, "SELECT version_num FROM alembic_version") == [(HEAD,)]
    assert ask(copy, "PRAGMA integrity_check") == [("ok",)]
    assert ask(file, "SELECT count(*) FROM more") == [(0,)]


async def test_old_copies_go(file: Path, with_a_step: Callable[[str], None]):
    await migrate(address(file))
    for number in range(5):
        file.with_name(f"fivesquares.db.before-000{number}").write_bytes(b"old")
    with_a_step("pass")
    await migrate(address(file))
    assert len(copies(file)) == KEPT


async def test_a_step_that_breaks_changes_nothing(file: Path, with_a_step: Callable[[str], None]):
    await migrate(address(file))
    with_a_step("op.execute('CREATE TABLE more (id INTEGER)'); op.execute('nonsense')")
    with pytest.raises(DatabaseUnavailable):
        await migrate(address(file))
    assert ask(file, "SELECT name FROM sqlite_master WHERE name = 'more'") == []
    assert ask(file, "SELECT version_num FROM alembic_version") == [(HEAD,)]


async def test_a_table_made_anew_empties_no_other(file: Path, with_a_step: Callable[[str], None]):
    """SQLite changes a column by a new table; with foreign keys on, jobs would go with users."""
    await migrate(address(file))
    database = await open_database(address(file), checkpoints=True)
    await Town(database).ask()
    await database.close()
    with_a_step(
        'batch = op.batch_alter_table("users", recreate="always")\n'
        "    with batch as users: users.create_check_constraint('more', 'vfinish > -1')"
    )
    await migrate(address(file))
    assert ask(file, "SELECT count(*) FROM jobs") == [(1,)]
    assert ask(file, "SELECT count(*) FROM users") == [(1,)]


async def test_no_such_place(tmp_path: Path):
    with pytest.raises(DatabaseUnavailable, match="unable to open database file"):
        await migrate(f"sqlite+aiosqlite:///{tmp_path}/missing/fivesquares.db")
