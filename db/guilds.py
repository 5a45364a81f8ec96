"""What has been chosen for a server. Takes a session and never commits.

The channels and roles named here may be gone from the server: whoever uses them expects that.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from math import inf
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from db import flags
from db.flag_tables import Access, Allowance, Guild, GuildName, GuildRole, Spoilers
from db.tables import Job, Operation
from db.waking import notify


@dataclass(frozen=True)
class Rights:
    """What a member's roles allow: by default all.

    `weight` is the share of the queue, `concurrent` the most unfinished requests at a time,
    `cooldown` the least seconds between two requests; None stands for no limit.
    """

    weight: float = 1.0
    concurrent: int | None = None
    cooldown: int = 0
    operations: frozenset[Operation] | None = None


async def get(session: AsyncSession, guild_id: int) -> Guild:
    """The server's choices; the first ones where nobody has chosen yet."""
    return await session.get(Guild, guild_id) or Guild(
        id=guild_id,
        access=Access.open,
        channels=[],
        actions={},
        automod={},
        steering=True,
        spoilers=Spoilers.never,
        owner_only=False,
        paused=False,
    )


async def choose(session: AsyncSession, guild_id: int, **choices: Any) -> Guild:
    """Notes choices, named as the columns of `Guild` are."""
    guild = await get(session, guild_id)
    for name, value in choices.items():
        setattr(guild, name, value)
    session.add(guild)
    await session.flush()
    return guild


async def pause(session: AsyncSession, guild_id: int, paused: bool) -> None:
    """Holds back the server's queued jobs, or lets them go on."""
    await choose(session, guild_id, paused=paused)
    await notify(session, "updates" if paused else "jobs")


async def hides(session: AsyncSession, job: Job) -> bool:
    """Whether a job's pictures are to be hidden until somebody clicks on them."""
    if job.guild_id is None:
        return False
    spoilers = (await get(session, job.guild_id)).spoilers
    if spoilers is Spoilers.flagged:
        return await flags.of_job(session, job.id) is not None
    return spoilers is Spoilers.always


async def rights(session: AsyncSession, guild_id: int | None, role_ids: Collection[int]) -> Rights:
    """What a member with these roles may do: the best that one of them allows.

    What is set for all members holds for those who have no other role that is named here.
    """
    if guild_id is None:
        return Rights()
    query = select(GuildRole).where(GuildRole.guild_id == guild_id)
    named = {row.role_id: row for row in await session.scalars(query)}
    own = [named[role] for role in role_ids if role in named and role != guild_id]
    found = own or [row for row in named.values() if row.role_id == guild_id]
    return _best(found) if found else Rights()


def _best(rows: Sequence[GuildRole]) -> Rights:
    lists = [row.operations for row in rows if row.operations is not None]
    union = frozenset(Operation(name) for names in lists for name in names)
    return Rights(
        weight=max(row.weight for row in rows),
        concurrent=max((row.concurrent for row in rows), key=lambda n: inf if n is None else n),
        cooldown=min(row.cooldown for row in rows),
        operations=union if len(lists) == len(rows) else None,
    )


async def roles(session: AsyncSession, guild_id: int) -> list[GuildRole]:
    """The roles for which something is set in a server."""
    query = select(GuildRole).where(GuildRole.guild_id == guild_id).order_by(GuildRole.role_id)
    return list(await session.scalars(query))


async def set_role(session: AsyncSession, guild_id: int, role_id: int, rights: Rights) -> None:
    """Notes what a role allows; the rights that everybody has are not kept."""
    key = (GuildRole.guild_id == guild_id, GuildRole.role_id == role_id)
    await session.execute(delete(GuildRole).where(*key))
    if rights != Rights():
        operations = None if rights.operations is None else sorted(rights.operations)
        values = vars(rights) | {"operations": operations}
        session.add(GuildRole(guild_id=guild_id, role_id=role_id, **values))
    await session.flush()


async def set_action(
    session: AsyncSession, guild_id: int, category: str, action: str | None
) -> dict[str, Any]:
    """What happens to a category's prompts; None for what it was before. All that is chosen."""
    guild = await session.get(Guild, guild_id, with_for_update=True) or await get(session, guild_id)
    others = {name: chosen for name, chosen in guild.actions.items() if name != category}
    guild.actions = others if action is None else others | {category: action}
    session.add(guild)
    await session.flush()
    return guild.actions


async def names(session: AsyncSession, guild_id: int) -> list[GuildName]:
    """The people whom a server protects or spares otherwise than the list does, in order."""
    query = select(GuildName).where(GuildName.guild_id == guild_id).order_by(GuildName.name)
    return list(await session.scalars(query))


async def add_name(
    session: AsyncSession, guild_id: int, name: str, added: bool, actor_id: int, now: datetime
) -> None:
    """Notes one more such person."""
    session.add(GuildName(guild_id=guild_id, name=name, added=added, actor_id=actor_id, at=now))
    await session.flush()


async def remove_name(session: AsyncSession, row: GuildName) -> None:
    """Leaves the person to the list again."""
    await session.delete(row)
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
    """Lets a prompt, as the policy reads it, or an upload's digest pass from now on."""
    key = (guild_id, _digest(normalised))
    if await session.get(Allowance, key) is None:
        new = Allowance(guild_id=key[0], digest=key[1], flag_id=flag_id, actor_id=actor_id, at=now)
        session.add(new)
        await session.flush()


async def is_allowed(session: AsyncSession, guild_id: int | None, normalised: str) -> bool:
    """Whether moderators let this prompt or upload pass."""
    if guild_id is None:
        return False
    return await session.get(Allowance, (guild_id, _digest(normalised))) is not None


async def disallow(session: AsyncSession, guild_id: int, normalised: str) -> None:
    """Takes that back."""
    key = (Allowance.guild_id == guild_id, Allowance.digest == _digest(normalised))
    await session.execute(delete(Allowance).where(*key))


def _digest(normalised: str) -> str:
    """What stands for the prompt, which itself is kept no longer than the case needs it."""
    return sha256(normalised.encode()).hexdigest()
