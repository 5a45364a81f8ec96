"""Messages that show a picture beside its job's own, so that they go with it. Never commits."""

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.member_tables import DUE, Copy
from db.tables import Image, Job


async def add(
    session: AsyncSession, image_id: int, channel_id: int, message_id: int, shared: bool = False
) -> None:
    """Notes a message; it is due at once if the picture was deleted while it was sent."""
    image = await session.get_one(Image, image_id, populate_existing=True)
    copy = Copy(message_id=message_id, channel_id=channel_id, image_id=image_id, shared=shared)
    copy.due = image.deleted_at is not None
    session.add(copy)
    await session.flush()


async def call_back(session: AsyncSession, *which: ColumnElement[bool]) -> None:
    """The messages are to go for which this holds of themselves and of the picture they show."""
    change = update(Copy).where(Copy.image_id == Image.id, *which)
    await session.execute(change.values(due=True))


async def call_back_job(session: AsyncSession, job_id: int) -> None:
    """A job's own message, which shows its pictures, is to go as well."""
    job = await session.get_one(Job, job_id)
    pictures = select(Image.id).where(Image.job_id == job_id)
    first = await session.scalar(pictures.order_by(Image.id).limit(1))
    if job.message_id is not None and first is not None:
        await add(session, first, job.channel_id, job.message_id)
        job.message_id = None


async def due(session: AsyncSession, limit: int) -> list[Copy]:
    """Messages that are to go."""
    return list(await session.scalars(select(Copy).where(DUE).limit(limit)))


async def forget(session: AsyncSession, message_id: int) -> None:
    """Notes that a message stands no more."""
    await session.execute(delete(Copy).where(Copy.message_id == message_id))
