"""Copies are made and deleted pictures leave the store, whatever goes wrong in between."""

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy.exc import OperationalError

from bot import housekeeping
from bot.housekeeping import GRACE, copy_database, empty_cases, erase_pictures, keep_house
from bot.services import Services
from db import flags, images
from db.errors import ImageMissing, StorageDenied
from tests.bot.moderation.casework import said
from tests.bot.studio import Studio, text_of


async def keys_of(studio: Studio, job_id: int = 1) -> Sequence[str]:
    async with studio.services.database.read() as session:
        found = await images.of_job(session, job_id)
    return [key for image in found for key in (image.master_key, image.signed_key)]


async def test_deleted_pictures_leave_the_store_after_a_while(studio: Studio) -> None:
    message = await studio.finished("a red cube", images=2)
    keys = await keys_of(studio)
    await studio.delete(message)

    await erase_pictures(studio.services)
    for key in keys:
        assert await studio.services.store.get(key)

    studio.clock.advance(GRACE.total_seconds() + 1)
    await erase_pictures(studio.services)
    for key in keys:
        with pytest.raises(ImageMissing):
            await studio.services.store.get(key)
    await erase_pictures(studio.services)  # finds nothing more


async def test_pictures_that_nobody_deleted_stay(studio: Studio) -> None:
    await studio.finished("a red cube", images=1)
    studio.clock.advance(10 * GRACE.total_seconds())
    await erase_pictures(studio.services)
    for key in await keys_of(studio):
        assert await studio.services.store.get(key)


async def test_a_copy_of_the_database_is_made(services: Services) -> None:
    await copy_database(services)
    [copy] = services.config.data_dir.glob("*.day-*")
    assert copy.name == "fivesquares.db.day-2026-03-10"


@pytest.mark.parametrize(
    "trouble",
    [OSError("No space left on device"), OperationalError("SELECT", ("a prompt",), Exception())],
)
async def test_trouble_ends_neither_the_round_nor_the_next(
    services: Services,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    trouble: Exception,
) -> None:
    rounds = asyncio.Queue[int]()

    async def no_room(url: str, now: object) -> None:
        raise trouble

    async def erase_pictures(services: Services) -> None:
        rounds.put_nowait(1)

    monkeypatch.setattr(housekeeping, "PAUSE", 0.0)
    monkeypatch.setattr(housekeeping, "backup", no_room)
    monkeypatch.setattr(housekeeping, "erase_pictures", erase_pictures)
    keeping = asyncio.create_task(keep_house(services))
    await rounds.get()
    await rounds.get()
    keeping.cancel()
    said = "No space left on device" if isinstance(trouble, OSError) else "OperationalError"
    assert f"copy database: {said}" in caplog.text and "a prompt" not in caplog.text


async def test_all_that_is_due_goes_in_one_round_and_what_can_not_go_keeps_no_other(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "BATCH", 2)
    for number, prompt in enumerate(("a smuggler at sea", "a red cube"), 1):
        message = await studio.finished(prompt, images=3)
        await studio.delete(message, number)
    kept, damaged, *others = [*await keys_of(studio, 1), *await keys_of(studio, 2)]
    store = studio.services.store
    await store.delete(damaged)
    await store.put(damaged, b"no picture, so that the case keeps none")
    delete = store.delete

    async def deleting(key: str) -> None:
        if key == kept:
            raise StorageDenied
        await delete(key)

    monkeypatch.setattr(store, "delete", deleting)
    studio.clock.advance(GRACE.total_seconds() + 1)
    await erase_pictures(studio.services)
    for key in others:
        with pytest.raises(ImageMissing):
            await store.get(key)
    assert await store.get(kept)
    monkeypatch.undo()
    await erase_pictures(studio.services)
    for key in (kept, damaged):
        with pytest.raises(ImageMissing):
            await store.get(key)


async def test_old_cases_lose_their_words_and_pictures_and_keep_their_outcome(
    studio: Studio,
) -> None:
    message = await studio.finished("a smuggler at sea")
    await studio.delete(message)
    studio.clock.advance(2 * GRACE.total_seconds())
    await erase_pictures(studio.services)
    async with studio.services.database.read() as session:
        flag = await flags.get(session, 1)
    assert flag is not None and flag.evidence_key is not None
    key = flag.evidence_key
    await empty_cases(studio.services)
    assert await studio.services.store.get(key)

    studio.clock.advance(91 * 86400)
    await empty_cases(studio.services)
    with pytest.raises(ImageMissing):
        await studio.services.store.get(key)
    result = await studio.moderator.slash(studio.channel, "mod case", number=1)
    text = text_of(said(result))
    assert "smuggler at sea" not in text and "no longer kept" in text
    assert "illegal activity · let through" in text
