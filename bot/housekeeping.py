"""What is to be done now and then: the day's copy of the database, and erasing what was deleted.

Knows no Discord; what is left undone is done the next time.
"""

import asyncio
import logging
from datetime import timedelta

from bot import evidence
from bot.services import Services
from db import flags, images
from db.backup import backup
from db.errors import FiveSquaresError

log = logging.getLogger(__name__)

PAUSE = 3600.0
"""Seconds between two rounds."""
GRACE = timedelta(hours=1)
"""How long a deleted picture's bytes stay, for work on it that was under way."""
BATCH = 500
"""Pictures that one round erases."""


async def keep_house(services: Services) -> None:
    """Goes round until cancelled; trouble is logged and met again in the next round."""
    while True:
        for task in (copy_database, erase_pictures):
            try:
                await task(services)
            except (FiveSquaresError, OSError) as error:
                log.warning("%s: %s", task.__name__.replace("_", " "), error)
        await asyncio.sleep(PAUSE)


async def copy_database(services: Services) -> None:
    """A copy a day of a SQLite file. Raises FiveSquaresError."""
    await backup(services.config.database_url, services.clock())


async def erase_pictures(services: Services) -> None:
    """Removes the bytes of pictures that were deleted a while ago. Raises FiveSquaresError."""
    now = services.clock()
    async with services.database.read() as session:
        due = await images.to_erase(session, now - GRACE, BATCH)
    for job_id in {image.job_id for image in due if image.job_id is not None}:
        await _keep_evidence(services, job_id)
    for image in due:
        for key in filter(None, (image.master_key, image.signed_key)):
            await services.store.delete(key)
        async with services.database.write() as session:
            await images.mark_erased(session, [image.id], now)


async def _keep_evidence(services: Services, job_id: int) -> None:
    """Keeps a job's pictures, blurred, if there is a case about them."""
    async with services.database.read() as session:
        flag = await flags.of_job(session, job_id)
    if flag is not None:
        await evidence.keep(services, flag)
