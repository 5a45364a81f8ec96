"""Pictures that a server's moderators banned. Takes a session and never commits.

Each is kept as a fingerprint alone; the picture itself is not needed to know it again.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.flag_tables import Ban, Flag
from db.tables import Image
from fingerprint import alike


async def add(
    session: AsyncSession,
    guild_id: int,
    fingerprint: str,
    *,
    actor_id: int,
    now: datetime,
    flag_id: int | None = None,
) -> bool:
    """Bans a picture; False when it was banned already."""
    if alike(fingerprint, await of_guild(session, guild_id)):
        return False
    session.add(
        Ban(guild_id=guild_id, fingerprint=fingerprint, flag_id=flag_id, actor_id=actor_id, at=now)
    )
    await session.flush()
    return True


async def lift(
    session: AsyncSession, guild_id: int, fingerprint: str, *, actor_id: int, now: datetime
) -> int:
    """Lets a picture and its near copies be used again; returns how many bans that ended."""
    active = await _active(session, guild_id)
    rows = [ban for ban in active if alike(fingerprint, [ban.fingerprint])]
    for ban in rows:
        ban.lifted_at, ban.lifted_by = now, actor_id
    await session.flush()
    return len(rows)


async def of_case(session: AsyncSession, flag: Flag) -> list[str]:
    """The fingerprints of the uploads that a case names, or of the pictures that came of it."""
    made = Image.job_id == flag.job_id
    if flag.stage in ("upload", "joint"):
        made = Image.sha256.in_(flag.normalised.split())
    known = Image.fingerprint.is_not(None)
    return sorted(set(await session.scalars(select(Image.fingerprint).where(made, known))))


async def of_guild(session: AsyncSession, guild_id: int | None) -> list[str]:
    """The fingerprints that are banned in a server."""
    return [ban.fingerprint for ban in await _active(session, guild_id)]


async def _active(session: AsyncSession, guild_id: int | None) -> Sequence[Ban]:
    query = select(Ban).where(Ban.guild_id == guild_id, Ban.lifted_at.is_(None))
    return list(await session.scalars(query.order_by(Ban.id)))
