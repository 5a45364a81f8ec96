"""A real worker process is killed, or hangs, in the middle of a job; another one finishes it."""

import asyncio
import sys
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from config import Config
from db import credits, jobs
from db.engine import open_database, utcnow
from db.store import open_store
from db.tables import Operation, State
from inference.backends.mini import Mini
from inference.model import Model, save_model
from inference.worker import Worker

CHILD = """
import asyncio, sys
from pathlib import Path
from config import Config
from inference.__main__ import serve
asyncio.run(serve(Config(data_dir=Path(sys.argv[1])), False, Path(sys.argv[2])))
"""


HANGING = """
import threading
from inference import held, pipeline
held.STUCK = 1
pipeline.draw = lambda *given: threading.Event().wait()
"""


@pytest.mark.parametrize("end", ["killed", "hanging"])
async def test_a_job_outlives_its_worker_and_is_charged_once(
    model: Model, tmp_path: Path, sqlite_url: str, end: str
) -> None:
    save_model(model, tmp_path / "weights" / "mini")
    config = Config(data_dir=tmp_path)
    later = await open_database(
        sqlite_url, checkpoints=True, clock=lambda: utcnow() + timedelta(hours=1)
    )
    async with later.write() as session:
        await credits.enrol(session, 1, utcnow(), credits.Plan(50, 15))
        params = {"prompt": "a red cube", "images": 4, "seed": 1, "sources": []}
        new = jobs.NewJob("a", 1, 1, 2, Operation.text_to_image, params, "mini", "a", 1)
        job_id = (await jobs.enqueue(session, new, utcnow())).job.id
        await credits.spend(session, 1, job_id, 1, utcnow())
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", HANGING * (end == "hanging") + CHILD, str(tmp_path), str(tmp_path / "weights")),
    )
    try:
        async with asyncio.timeout(120):
            while True:
                async with later.read() as session:
                    job = await jobs.get(session, job_id)
                assert job is not None
                if job.state is State.running:
                    break
                await later.wait("updates", 1)
            if end == "hanging":
                assert await child.wait() == 1
    finally:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()
    second = Worker(config, later, open_store(config.image_store), Mini(model))
    assert await second.work_once() == 1
    async with later.read() as session:
        job = await jobs.get(session, job_id)
        assert job is not None
        assert (job.state, job.attempt) == (State.succeeded, 2)
        assert await credits.balance(session, 1, utcnow()) == 49
    await later.close()
