"""What is to be done now and then: the day's copy, and taking away what was kept long enough.

What is left undone is done the next time.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

from bot.moderation import evidence
from bot.rounds import reason
from bot.services import Services
from db import admissions, flags, images, privacy
from db.backup import backup
from db.engine import Session
from db.flag_tables import Flag
from db.tables import Image

log = logging.getLogger(__name__)

PAUSE = 3600.0
"""Seconds between two rounds."""
GRACE = timedelta(hours=1)
"""How long a deleted picture's bytes stay, for work on it that was under way."""
BATCH = 500
"""Pictures, or cases, that are looked for at a time."""

T = TypeVar("T", Image, Flag)
Find = Callable[[Session, datetime, int, int], Awaitable[list[T]]]
End = Callable[[Services, T], Awaitable[None]]


async def keep_house(services: Services) -> None:
    """Goes round until cancelled; trouble is logged and met again in the next round."""
    while True:
        for task in (copy_database, retire, empty_cases, erase_pictures):
            try:
                await task(services)
            except Exception as error:
                log.warning("%s: %s", task.__name__.replace("_", " "), reason(error))
        await asyncio.sleep(PAUSE)


async def copy_database(services: Services) -> None:
    """A copy a day of a SQLite file. Raises FiveSquaresError."""
    await backup(services.config.database_url, services.clock())


async def retire(services: Services) -> None:
    """Marks as deleted what has been kept for as long as the settings say, and logs how much."""
    kept = services.config.retention
    requests = privacy.BATCH
    while requests == privacy.BATCH:
        async with services.database.write() as session:
            now = await services.database.now(session)
            made_before = now - timedelta(days=kept.picture_days) if kept.picture_days else None
            uploads_before = now - timedelta(days=kept.upload_days)
            gone = await privacy.retire(session, uploads_before, made_before, now)
            wishes = await admissions.drop_wishes(session, now)
        requests = gone.requests
        if any(vars(gone).values()) or wishes:
            log.info(
                "kept long enough: %d uploads, %d pictures, the words of %d requests, "
                "%d unsent ones",
                gone.uploads,
                gone.pictures,
                requests,
                wishes,
            )


async def empty_cases(services: Services) -> None:
    """Takes away the prompts and pictures of old cases; one that can't go keeps no other."""
    before = services.clock() - timedelta(days=services.config.retention.flag_days)
    if emptied := await _each(services, privacy.old_cases, before, _empty):
        log.info("kept long enough: the words of %d cases", emptied)


async def _each(services: Services, find: Find[T], before: datetime, end: End[T]) -> int:
    """Ends each of what is due since before then; returns how many, without those in trouble."""
    last = ended = 0
    while True:
        async with services.database.read() as session:
            due = await find(session, before, last, BATCH)
        if not due:
            return ended
        for one in due:
            try:
                await end(services, one)
                ended += 1
            except Exception as error:
                log.warning("%s %d stays for now: %s", type(one).__name__, one.id, reason(error))
        last = due[-1].id


async def _empty(services: Services, flag: Flag) -> None:
    if flag.evidence_key:
        await services.store.delete(flag.evidence_key)
    async with services.database.write() as session:
        await privacy.empty_cases(session, [flag])


async def erase_pictures(services: Services) -> None:
    """Removes the bytes of pictures deleted a while ago, and the marks of uploads among them.

    One that can't be removed keeps no other.
    """
    await _each(services, images.to_erase, services.clock() - GRACE, _erase)
    async with services.database.write() as session:
        await privacy.drop_marks(session)


async def _erase(services: Services, image: Image) -> None:
    if image.job_id is not None:
        await _keep_evidence(services, image.job_id)
    for key in filter(None, (image.master_key, image.signed_key)):
        await services.store.delete(key)
    async with services.database.write() as session:
        await images.mark_erased(session, image.id, services.clock())


async def _keep_evidence(services: Services, job_id: int) -> None:
    """Keeps a job's pictures, blurred, if there is a case about them."""
    async with services.database.read() as session:
        flag = await flags.of_job(session, job_id)
    if flag is not None:
        await evidence.keep(services, flag)
