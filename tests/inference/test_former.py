"""Pictures outlive the model that made them: each next model goes on from those of the one before."""

import io
from pathlib import Path

from PIL import Image

from config import Config
from db import images
from db.tables import Operation, State
from inference.backends.auto import Auto
from inference.backends.backend import Backend
from inference.backends.kandinsky import Kandinsky
from inference.backends.karlo import Karlo
from inference.backends.networks import Place
from inference.registry import Effort
from inference.worker import Worker
from tests.inference.test_worker import MEMBER, Shop, shop

__all__ = ["shop"]
CPU, FEW = Place.on("cpu"), Effort(2, 2, 1.0, 4.0)


def opened(folders: dict[str, Path]) -> list[Backend]:
    return [
        Kandinsky("kandinsky", folders["kandinsky"], 64, FEW, CPU),
        Karlo("karlo", folders["karlo"], FEW, CPU),
        Auto("auto", folders["auto"], CPU, options={"num_inference_steps": 2}),
    ]


async def made(shop: Shop, job_id: int) -> list[tuple[int, Image.Image]]:
    """The ids and the pictures of a job that succeeded."""
    assert (await shop.job(job_id)).state is State.succeeded
    async with shop.database.read() as session:
        found = await images.of_job(session, job_id)
    files = [await shop.store.get(image.signed_key) for image in found]
    pictures = [Image.open(io.BytesIO(file)) for file in files]
    return [(image.id, picture) for image, picture in zip(found, pictures, strict=True)]


async def test_each_model_goes_on_from_the_pictures_of_the_one_before(
    shop: Shop, folders: dict[str, Path]
) -> None:
    job_id = await shop.order("first", images=1)
    await shop.worker.work_once()
    [(source, _)] = await made(shop, job_id)
    for backend in opened(folders):
        worker = Worker(Config(data_dir=shop.folder), shop.database, shop.store, backend)
        name = backend.card.name
        vary = {"sources": [source], "images": 1, "prompt": ""}
        job_id = await shop.order(name, MEMBER, Operation.variation, **vary)
        assert await worker.work_once() == 1
        [(source, picture)] = await made(shop, job_id)
        assert picture.size == (backend.card.size, backend.card.size)
        assert picture.info["Model"] == name
