"""A picture that was made here is found by its file or its looks, and nobody's upload is."""

from sqlalchemy import insert

from db import images, registry
from db.tables import Image, Job
from fingerprint import ALIKE
from tests.db.town import Town

MARK = "0f" * 32


def changed(bits: int) -> str:
    return f"{int(MARK, 16) ^ ((1 << bits) - 1):064x}"


async def add(town: Town, job: Job, index: int, sha256: str, mark: str | None) -> int:
    keys = f"{job.id}/{index}.master.png", f"{job.id}/{index}.signed.png"
    made = (job.id, index, 7, 256, 256, *keys, sha256, [], town.now, mark)
    return (await town.do(images.add, *made)).id


async def test_the_very_file_and_its_copies(town: Town):
    job = await town.ask()
    first = await add(town, job, 0, "a" * 64, MARK)
    second = await add(town, job, 1, "b" * 64, changed(20))
    await add(town, job, 2, "c" * 64, None)

    exact = await town.do(registry.find, "b" * 64, MARK)
    assert (exact.image.id, exact.job.id, exact.exact, exact.bits) == (second, job.id, True, 0)
    copy = await town.do(registry.find, "d" * 64, changed(3))
    assert (copy.image.id, copy.exact, copy.bits) == (first, False, 3)
    nearer = await town.do(registry.find, "d" * 64, changed(18))
    assert (nearer.image.id, nearer.bits) == (second, 2)
    assert await town.do(registry.find, "d" * 64, changed(20 + ALIKE + 1)) is None
    assert await town.do(registry.find, "d" * 64, None) is None


async def test_however_many_came_after_it(town: Town):
    """More than are looked through at a time."""
    job = await town.ask()
    first = await add(town, job, 0, "a" * 64, MARK)
    others = [
        {
            "job_id": job.id, "index": index, "width": 8, "height": 8, "master_key": "m",
            "signed_key": "s", "sha256": "c" * 64, "fingerprint": f"{index:064x}",
            "created_at": town.now,
        }
        for index in range(1, registry.PAGE + 2)
    ]  # fmt: skip
    async with town.database.write() as session:
        await session.execute(insert(Image), others)
    copy = await town.do(registry.find, "d" * 64, changed(3))
    assert (copy.image.id, copy.bits) == (first, 3)


async def test_uploads_are_not_in_it(town: Town):
    await town.do(images.bring, 1, 64, 64, "brought/a.png", "e" * 64, town.now, MARK)
    assert await town.do(registry.find, "e" * 64, MARK) is None


async def test_every_workers_certificate_is_kept_once(town: Town):
    for certificate in ("one", "two", "one"):
        await town.do(registry.trust, certificate, town.now)
    assert sorted(await town.do(registry.trusted)) == ["one", "two"]
