"""Members who may not use the bot in a server, for a while or for good. Never commits."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.flag_tables import Block


async def add(
    session: AsyncSession,
    *,
    user_id: int,
    guild_id: int | None,
    reason: str,
    length: timedelta | None,
    now: datetime,
    flag_id: int | None = None,
    actor_id: int | None = None,
) -> Block:
    """Blocks a member; without a length for good, without an actor by the bot itself."""
    block = Block(
        user_id=user_id,
        guild_id=guild_id,
        flag_id=flag_id,
        actor_id=actor_id,
        reason=reason,
        at=now,
        until=None if length is None else now + length,
    )
    session.add(block)
    await session.flush()
    return block


async def active(
    session: AsyncSession, user_id: int, guild_id: int | None, now: datetime
) -> Block | None:
    """The block that holds longest now, if there is one."""
    holds = (
        Block.user_id == user_id,
        Block.guild_id == guild_id,
        Block.lifted_at.is_(None),
        or_(Block.until.is_(None), Block.until > now),
    )
    longest = (Block.until.is_(None).desc(), Block.until.desc())
    block: Block | None = await session.scalar(select(Block).where(*holds).order_by(*longest))
    return block


async def lift(
    session: AsyncSession, user_id: int, guild_id: int | None, actor_id: int, now: datetime
) -> list[int | None]:
    """Ends all of a member's blocks in a server; returns for each the case that it came from."""
    return await _lift(session, now, actor_id, Block.user_id == user_id, Block.guild_id == guild_id)


async def lift_of_case(
    session: AsyncSession, flag_id: int, actor_id: int, now: datetime
) -> list[int | None]:
    """Ends the blocks that a case led to."""
    return await _lift(session, now, actor_id, Block.flag_id == flag_id)


async def lift_automatic(
    session: AsyncSession, user_id: int, guild_id: int | None, actor_id: int, now: datetime
) -> list[int | None]:
    """Ends the blocks of a member that the bot itself set."""
    which = (Block.user_id == user_id, Block.guild_id == guild_id, Block.actor_id.is_(None))
    return await _lift(session, now, actor_id, *which)


async def of_user(session: AsyncSession, user_id: int, guild_id: int) -> list[Block]:
    """All of a member's blocks in a server, the newest first."""
    query = select(Block).where(Block.user_id == user_id, Block.guild_id == guild_id)
    return list(await session.scalars(query.order_by(Block.id.desc())))


async def _lift(
    session: AsyncSession, now: datetime, actor_id: int, *which: object
) -> list[int | None]:
    still = (Block.lifted_at.is_(None), or_(Block.until.is_(None), Block.until > now))
    change = update(Block).where(*which, *still)  # type: ignore[arg-type]
    lifted = await session.scalars(
        change.values(lifted_at=now, lifted_by=actor_id).returning(Block.flag_id)
    )
    return list(lifted)
