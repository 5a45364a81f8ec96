"""Pictures know their job, their parents, and whether they may still be shown."""

import pytest
from sqlalchemy.exc import IntegrityError

from db import images
from db.tables import Image, Job
from tests.db.town import Town


async def add(town: Town, job: Job, index: int, parents: list[int] | None = None) -> Image:
    keys = f"{job.id}/{index}.master.png", f"{job.id}/{index}.signed.png"
    made = (job.id, index, 7 + index, 256, 256, *keys, "0" * 64, parents or [])
    return await town.do(images.add, *made, town.now)


async def test_pictures_come_in_order(town: Town):
    job = await town.ask()
    for index in (2, 0, 1):
        await add(town, job, index)
    async with town.database.read() as session:
        found = await images.of_job(session, job.id)
        assert [(image.index, image.seed) for image in found] == [(0, 7), (1, 8), (2, 9)]
        assert (await images.get(session, found[0].id)).signed_key == f"{job.id}/0.signed.png"
        assert await images.get(session, 999) is None


async def test_parents(town: Town):
    job = await town.ask()
    first, second = await add(town, job, 0), await add(town, job, 1)
    child = await add(town, job, 2, [second.id, first.id])
    async with town.database.read() as session:
        assert await images.parents(session, child.id) == [first.id, second.id]
        assert await images.parents(session, first.id) == []


async def test_a_parent_must_be_there(town: Town):
    job = await town.ask()
    with pytest.raises(IntegrityError):
        await add(town, job, 0, [999])


async def test_a_place_in_a_job_is_taken_once(town: Town):
    job = await town.ask()
    await add(town, job, 0)
    with pytest.raises(IntegrityError):
        await add(town, job, 0)


async def test_deleting(town: Town):
    """The first time is the one that is noted; other jobs keep theirs."""
    mine, other = await town.ask(), await town.ask()
    for job in (mine, other):
        await add(town, job, 0)
    when = town.now
    await town.do(images.delete, mine.id, town.now)
    town.later(60)
    await town.do(images.delete, mine.id, town.now)
    async with town.database.read() as session:
        assert [image.deleted_at for image in await images.of_job(session, mine.id)] == [when]
        assert [image.deleted_at for image in await images.of_job(session, other.id)] == [None]
