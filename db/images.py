"""Rows of pictures and which came from which; the bytes are `store`'s. Never commits."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete as sql_delete
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db import copies
from db.engine import add_missing
from db.tables import Favourite, Image, ImageParent, Job


async def add(
    session: AsyncSession,
    job_id: int,
    index: int,
    seed: int,
    width: int,
    height: int,
    master_key: str,
    signed_key: str,
    sha256: str,
    parents: Sequence[int],
    now: datetime,
    fingerprint: str | None = None,
) -> Image:
    """One picture of a job, numbered from 0; its marks are those of the signed file."""
    image = Image(
        job_id=job_id,
        index=index,
        seed=seed,
        width=width,
        height=height,
        master_key=master_key,
        signed_key=signed_key,
        sha256=sha256,
        fingerprint=fingerprint,
        created_at=now,
    )
    session.add(image)
    await session.flush()
    session.add_all(ImageParent(child_id=image.id, parent_id=parent) for parent in set(parents))
    return image


async def bring(
    session: AsyncSession,
    user_id: int,
    width: int,
    height: int,
    key: str,
    sha256: str,
    now: datetime,
    fingerprint: str | None = None,
) -> Image:
    """A picture or a mask that a member brought; its marks are those of the stored file."""
    image = Image(
        brought_by=user_id,
        index=0,
        width=width,
        height=height,
        master_key=key,
        sha256=sha256,
        fingerprint=fingerprint,
        created_at=now,
    )
    session.add(image)
    await session.flush()
    return image


async def of_job(session: AsyncSession, job_id: int) -> list[Image]:
    """A job's pictures in order, deleted ones too."""
    query = select(Image).where(Image.job_id == job_id).order_by(Image.index)
    return list(await session.scalars(query))


async def get(session: AsyncSession, image_id: int) -> Image | None:
    """The picture of that id."""
    return await session.get(Image, image_id)


async def living(session: AsyncSession, image_id: int) -> Image | None:
    """The picture of that id, unless it was deleted."""
    image = await get(session, image_id)
    return None if image is None or image.deleted_at is not None else image


async def parents(session: AsyncSession, image_id: int) -> list[int]:
    """The ids of the pictures that this one came from."""
    query = select(ImageParent.parent_id).where(ImageParent.child_id == image_id)
    return sorted(await session.scalars(query))


async def origins(
    session: AsyncSession, image_ids: Sequence[int]
) -> list[tuple[Image, Job | None]]:
    """These pictures, each with the job that made it; without one if a member brought it."""
    found = [await session.get_one(Image, image_id) for image_id in image_ids]
    return [
        (image, await session.get(Job, image.job_id) if image.job_id else None) for image in found
    ]


async def any_private(session: AsyncSession, image_ids: Sequence[int]) -> bool:
    """Whether one of these pictures is its member's alone to see."""
    query = select(Job.id).join(Image, Image.job_id == Job.id)
    private = query.where(Image.id.in_(image_ids), Job.private)
    return await session.scalar(private.limit(1)) is not None


async def star(session: AsyncSession, user_id: int, image_id: int, now: datetime) -> None:
    """Puts a picture among the member's favourites; nothing changes if it is there."""
    await add_missing(session, Favourite(user_id=user_id, image_id=image_id, created_at=now))


async def unstar(session: AsyncSession, user_id: int, image_id: int) -> None:
    """Takes a picture off the member's favourites."""
    kept = (Favourite.user_id == user_id, Favourite.image_id == image_id)
    await session.execute(sql_delete(Favourite).where(*kept))


async def mark_shared(session: AsyncSession, image_id: int, now: datetime) -> bool:
    """Notes that a picture is posted in the showcase; False if it was before."""
    change = update(Image).where(Image.id == image_id, Image.shared_at.is_(None))
    done = await session.scalar(change.values(shared_at=now).returning(Image.id))
    return done is not None


async def unmark_shared(session: AsyncSession, image_id: int) -> None:
    """Notes that it is not posted there, after all or any more."""
    await session.execute(update(Image).where(Image.id == image_id).values(shared_at=None))


async def delete(session: AsyncSession, job_id: int, now: datetime) -> bool:
    """Marks a job's pictures as deleted, and calls back the messages that show them.

    Whether there was one to delete.
    """
    change = update(Image).where(Image.job_id == job_id, Image.deleted_at.is_(None))
    deleted = await session.scalars(change.values(deleted_at=now).returning(Image.id))
    await copies.call_back(session, Image.job_id == job_id)
    await copies.call_back_job(session, job_id)
    return bool(deleted.all())


async def to_erase(
    session: AsyncSession, deleted_before: datetime, after: int, limit: int
) -> list[Image]:
    """Deleted pictures whose bytes still lie in the store, the first of them after that id."""
    due = (Image.deleted_at < deleted_before, Image.erased_at.is_(None), Image.id > after)
    query = select(Image).where(*due).order_by(Image.id).limit(limit)
    return list(await session.scalars(query))


async def mark_erased(session: AsyncSession, image_id: int, now: datetime) -> None:
    """Notes that the bytes of a picture are gone."""
    await session.execute(update(Image).where(Image.id == image_id).values(erased_at=now))
