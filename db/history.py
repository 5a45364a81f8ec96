"""Which pictures a member can look back at: their own, and others' that they could see made.

Never commits. What was deleted is never among them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import SUCCEEDED, Favourite, Image, Job, Operation


@dataclass(frozen=True)
class Sight:
    """Who looks, and the server's channels that they can see into."""

    user_id: int
    guild_id: int | None = None
    channels: Sequence[int] = ()


@dataclass(frozen=True)
class Wanted:
    """Whose pictures, of which operation; or those that the one who looks has starred.

    One's own favourites may be anybody's.
    """

    owner_id: int
    operation: Operation | None = None
    starred: bool = False


async def count(session: AsyncSession, sight: Sight, wanted: Wanted) -> int:
    """How many there are."""
    query = _matching(sight, wanted).with_only_columns(func.count())
    return await session.scalar(query) or 0


async def find(
    session: AsyncSession, sight: Sight, wanted: Wanted, limit: int, offset: int = 0
) -> list[tuple[Image, Job]]:
    """The newest requests first, or what was starred last."""
    newest = (Favourite.created_at.desc(),) if wanted.starred else ()
    ordered = _matching(sight, wanted).order_by(*newest, Job.id.desc(), Image.index)
    rows = await session.execute(ordered.limit(limit).offset(offset))
    return [(image, job) for image, job in rows]


def _matching(sight: Sight, wanted: Wanted) -> Select[Image, Job]:
    query = select(Image, Job).join(Job, Job.id == Image.job_id)
    query = query.where(SUCCEEDED, Image.deleted_at.is_(None), _seen(sight))
    if wanted.owner_id != sight.user_id or not wanted.starred:
        query = query.where(Job.user_id == wanted.owner_id)
    if wanted.operation is not None:
        query = query.where(Job.operation == wanted.operation)
    if wanted.starred:
        mine = and_(Favourite.image_id == Image.id, Favourite.user_id == sight.user_id)
        query = query.join(Favourite, mine)
    return query


def _seen(sight: Sight) -> ColumnElement[bool]:
    here = and_(Job.guild_id == sight.guild_id, Job.channel_id.in_(sight.channels))
    public = and_(here, Job.private.is_(False))
    return or_(Job.user_id == sight.user_id, public)
