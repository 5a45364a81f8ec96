"""What a server's moderators have chosen for it. Takes a session and never commits."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.flag_tables import Allowance, Guild


async def get(session: AsyncSession, guild_id: int) -> Guild:
    """The server's choices; a new row where there is none yet."""
    return await session.get(Guild, guild_id) or Guild(id=guild_id)


async def set_mod_channel(session: AsyncSession, guild_id: int, channel_id: int | None) -> None:
    """Where new cases are posted; None for nowhere."""
    guild = await get(session, guild_id)
    guild.mod_channel_id = channel_id
    session.add(guild)
    await session.flush()


async def chosen(session: AsyncSession) -> Sequence[Guild]:
    """The servers that have their cases posted."""
    query = select(Guild).where(Guild.mod_channel_id.is_not(None))
    return list(await session.scalars(query))


async def allow(
    session: AsyncSession,
    guild_id: int,
    normalised: str,
    *,
    flag_id: int,
    actor_id: int,
    now: datetime,
) -> None:
    """Lets a prompt, as the policy reads it, pass in the server from now on."""
    key = (guild_id, _digest(normalised))
    if await session.get(Allowance, key) is None:
        new = Allowance(guild_id=key[0], digest=key[1], flag_id=flag_id, actor_id=actor_id, at=now)
        session.add(new)
        await session.flush()


async def is_allowed(session: AsyncSession, guild_id: int | None, normalised: str) -> bool:
    """Whether moderators let this prompt pass."""
    if guild_id is None:
        return False
    return await session.get(Allowance, (guild_id, _digest(normalised))) is not None


def _digest(normalised: str) -> str:
    """What stands for the prompt, which itself is kept no longer than the case needs it."""
    return sha256(normalised.encode()).hexdigest()
