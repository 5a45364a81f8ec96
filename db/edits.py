"""Regions being chosen: from the wish to repaint until the job. Never commits."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Edit, Job

LIFETIME = timedelta(minutes=30)
"""How long a region may be chosen."""


async def begin(session: AsyncSession, new: Edit) -> Edit:
    """A new edit of a picture."""
    session.add(new)
    await session.flush()
    return new


async def get(session: AsyncSession, edit_id: int, now: datetime) -> Edit | None:
    """The edit of that id, while it lives."""
    living = Edit.created_at > now - LIFETIME
    return await session.scalar(select(Edit).where(Edit.id == edit_id, living))


async def set_mask(session: AsyncSession, edit_id: int, mask_id: int) -> Edit:
    """Notes the mask that was uploaded or painted last; the edit with it."""
    edit = await session.get_one(Edit, edit_id)
    edit.mask_id = mask_id
    return edit


def request_id(edit_id: int) -> str:
    """The edit's name in the queue: however it is confirmed, it makes one job."""
    return f"edit:{edit_id}"


async def job_of(session: AsyncSession, edit_id: int) -> Job | None:
    """The job that the edit became."""
    return await session.scalar(select(Job).where(Job.request_id == request_id(edit_id)))
