"""A job's pictures as moderators see them: small and blurred, and kept when the pictures go.

Knows no messages.
"""

import asyncio
import io
from collections.abc import Sequence

from PIL import Image as Pillow

from blurring import strip
from bot.pictures import Picture
from bot.services import Services
from db import flags, images
from db.errors import FiveSquaresError, ImageMissing
from db.flag_tables import Flag


async def of_case(services: Services, flag: Flag) -> Picture | None:
    """What was kept, or else the pictures as they are; None if there are none to be had."""
    try:
        data = await (
            services.store.get(flag.evidence_key) if flag.evidence_key else _blurred(services, flag)
        )
    except FiveSquaresError:
        return None
    return Picture(f"case-{flag.id}.webp", data) if data else None


async def keep(services: Services, flag: Flag) -> None:
    """Stores the blurred pictures, so that the case outlives them. Raises FiveSquaresError."""
    if flag.evidence_key or not (data := await _blurred(services, flag)):
        return
    key = f"evidence/{flag.id}.webp"
    await services.store.put(key, data)
    async with services.database.write() as session:
        await flags.set_evidence(session, flag.id, key)


async def _blurred(services: Services, flag: Flag) -> bytes | None:
    """The strip of a job's pictures whose bytes are still there and can be read."""
    if flag.job_id is None:
        return None
    async with services.database.read() as session:
        found = await images.of_job(session, flag.job_id)
    try:
        keys = [i.signed_key for i in found if i.signed_key and i.erased_at is None]
        files = [await services.store.get(key) for key in keys]
        return await asyncio.to_thread(_strip, files) if files else None
    except (ImageMissing, OSError, SyntaxError):  # lost, or damaged in one of Pillow's ways
        return None


def _strip(files: Sequence[bytes]) -> bytes:
    return strip([Pillow.open(io.BytesIO(data)) for data in files])
