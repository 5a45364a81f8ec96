"""Pictures outlive the model that made them: the next one goes on from what they show."""

import io
from pathlib import Path

from PIL import Image

from config import Config
from db import images
from db.tables import Operation, State
from inference.worker import Worker
from tests.inference.backends.conftest import KINDS
from tests.inference.shop import MEMBER, Shop


async def made(shop: Shop, job_id: int) -> tuple[int, Image.Image]:
    """The id and the one picture of a job that succeeded."""
    assert (await shop.job(job_id)).state is State.succeeded
    async with shop.database.read() as session:
        [image] = await images.of_job(session, job_id)
    return image.id, Image.open(io.BytesIO(await shop.store.get(image.signed_key)))


async def test_each_model_goes_on_from_the_picture_of_the_one_before(
    shop: Shop, folders: dict[str, Path]
) -> None:
    job_id = await shop.order("first", images=1)
    await shop.worker.work_once()
    for name in ("kandinsky", "karlo", "auto", "mini"):
        kind = KINDS[name]
        source, _ = await made(shop, job_id)
        backend = kind.load(folders[name])
        worker = Worker(Config(data_dir=shop.folder), shop.database, shop.store, backend)
        vary = {"sources": [source], "images": 1, "prompt": ""}
        job_id = await shop.order(name, MEMBER, Operation.variation, **vary)
        assert await worker.work_once() == 1
        _, picture = await made(shop, job_id)
        assert picture.size == (kind.size, kind.size)
        assert picture.info["Model"] == name
