"""Tiny random models of the real classes, in folders as real ones lie there, and a worker."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from benchmarks import weights
from config import Config
from db.engine import open_database
from db.store import open_store
from inference.backends.mini import Mini
from inference.model import Model, save_model
from inference.worker import Worker
from tests.inference.shop import Shop


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory, model: Model) -> dict[str, Path]:
    """Where each tiny model lies."""
    root = tmp_path_factory.mktemp("models")
    save_model(model, root / "mini")
    tiny = {name: weights.save(name, root / name) for name in weights.SAVERS}
    adapted = weights.adapt(weights.save("auto", root / "adapted"))
    return {"mini": root / "mini", **tiny, "adapted": adapted}


@pytest.fixture
async def shop(tmp_path: Path, sqlite_url: str, model: Model) -> AsyncIterator[Shop]:
    config = Config(data_dir=tmp_path)
    database = await open_database(sqlite_url, checkpoints=False)
    store = open_store(config.image_store)
    yield Shop(database, store, Worker(config, database, store, Mini(model)), tmp_path)
    await database.close()
