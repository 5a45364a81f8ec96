"""A worker on a real database, and what members order of it."""

import io
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from PIL import Image

from db import credits, images, jobs
from db.engine import Database, utcnow
from db.store import ImageStore
from db.tables import Job, Operation
from inference.worker import Worker

MEMBER, FRIEND = 1, 2


@dataclass
class Shop:
    """A worker and what it stands on."""

    database: Database
    store: ImageStore
    worker: Worker
    folder: Path

    async def order(
        self,
        request: str,
        member: int = MEMBER,
        operation: Operation = Operation.text_to_image,
        batch_key: str | None = None,
        **params: object,
    ) -> int:
        filled = {"prompt": "a red astronaut", "images": 2, "seed": 5, "sources": [], **params}
        now: datetime = utcnow()
        async with self.database.write() as session:
            await credits.enrol(session, member, now, credits.Plan(50, 15))
            key = batch_key or operation.value
            new = jobs.NewJob(request, member, 1, 2, operation, filled, "mini", key, 1)
            queued = await jobs.enqueue(session, new, now)
            await credits.spend(session, member, queued.job.id, 1, now)
            return queued.job.id

    async def bring(self, picture: Image.Image) -> int:
        out = io.BytesIO()
        picture.save(out, "PNG")
        async with self.database.write() as session:
            image = await images.bring(
                session, MEMBER, *picture.size, "", sha256(out.getvalue()).hexdigest(), utcnow()
            )
            image.master_key = f"{image.id}.png"
        await self.store.put(image.master_key, out.getvalue())
        return image.id

    async def job(self, job_id: int) -> Job:
        async with self.database.read() as session:
            job = await jobs.get(session, job_id)
        assert job is not None
        return job

    async def balance(self) -> int:
        async with self.database.read() as session:
            return await credits.balance(session, MEMBER, utcnow())
