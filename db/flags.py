"""The log of what the policy noticed. Takes a session and never commits."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Flag


async def add(
    session: AsyncSession,
    *,
    user_id: int,
    guild_id: int | None,
    channel_id: int,
    stage: str,
    category: str | None,
    rule: str | None,
    span: tuple[int, int] | None,
    prompt: str,
    action: str,
    now: datetime,
) -> Flag:
    """Notes one verdict; `span` is the part of the prompt that the rule matched."""
    flag = Flag(
        user_id=user_id,
        guild_id=guild_id,
        channel_id=channel_id,
        stage=stage,
        category=category,
        rule=rule,
        span=list(span) if span else None,
        prompt=prompt,
        action=action,
        created_at=now,
    )
    session.add(flag)
    await session.flush()
    return flag


async def latest(
    session: AsyncSession, guild_id: int | None, limit: int, before_id: int | None = None
) -> list[Flag]:
    """A guild's newest flags; `before_id` turns the page."""
    query = select(Flag).where(Flag.guild_id == guild_id).order_by(Flag.id.desc()).limit(limit)
    if before_id is not None:
        query = query.where(Flag.id < before_id)
    return list(await session.scalars(query))
