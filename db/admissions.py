"""Who may ask for pictures in a server, and who accepted the rules. Never commits."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db import guilds
from db.engine import add_missing
from db.flag_tables import Access
from db.member_tables import Acceptance, Admission, Wish

KEPT = timedelta(days=1)
"""How long a request waits for its member's acceptance."""


async def barrier(session: AsyncSession, guild_id: int | None, user_id: int) -> Access | None:
    """The access mode that keeps a member out; None for who may come in."""
    if guild_id is None:
        return None
    access = (await guilds.get(session, guild_id)).access
    if access is Access.open:
        return None
    admission = await session.get(Admission, (guild_id, user_id))
    return None if admission is not None and admission.admitted_at is not None else access


async def join(session: AsyncSession, guild_id: int, user_id: int, now: datetime) -> Admission:
    """The member's place on the list; a second try changes nothing."""
    await add_missing(session, Admission(guild_id=guild_id, user_id=user_id, joined_at=now))
    return await session.get_one(Admission, (guild_id, user_id))


async def ahead_of(session: AsyncSession, admission: Admission) -> int:
    """How many wait longer."""
    query = select(func.count()).where(
        *_waiting(admission.guild_id), Admission.joined_at < admission.joined_at
    )
    return await session.scalar(query) or 0


async def waiting(session: AsyncSession, guild_id: int, limit: int) -> list[int]:
    """Who waits, longest first."""
    query = select(Admission.user_id).where(*_waiting(guild_id))
    order = (Admission.joined_at, Admission.user_id)
    return list(await session.scalars(query.order_by(*order).limit(limit)))


async def counts(session: AsyncSession, guild_id: int) -> tuple[int, int]:
    """How many wait, and how many were let in."""
    query = select(func.count(), func.count(Admission.admitted_at))
    row = (await session.execute(query.where(Admission.guild_id == guild_id))).one()
    return row[0] - row[1], row[1]


async def admit(
    session: AsyncSession,
    guild_id: int,
    user_ids: Collection[int],
    actor_id: int,
    now: datetime,
) -> list[int]:
    """Lets these members in, on the list or not; those who were not in before."""
    new = []
    for user_id in user_ids:
        admission = await join(session, guild_id, user_id, now)
        if admission.admitted_at is None:
            admission.admitted_at, admission.admitted_by = now, actor_id
            new.append(user_id)
    await session.flush()
    return new


async def accept(session: AsyncSession, user_id: int, now: datetime) -> None:
    """Notes that the member accepted the rules; once is enough."""
    await add_missing(session, Acceptance(user_id=user_id, at=now))


async def has_accepted(session: AsyncSession, user_id: int) -> bool:
    """Whether the member accepted the rules."""
    return await session.get(Acceptance, user_id) is not None


async def keep_wish(
    session: AsyncSession,
    user_id: int,
    request_id: str,
    command: str,
    request: dict[str, Any],
    now: datetime,
    private: bool = False,
) -> Wish:
    """Keeps a request until its member accepted."""
    wish = Wish(
        user_id=user_id, request_id=request_id, command=command, request=request, private=private,
        created_at=now,
    )  # fmt: skip
    session.add(wish)
    await session.flush()
    return wish


async def wish_of(session: AsyncSession, wish_id: int, user_id: int, now: datetime) -> Wish | None:
    """The member's own request of that number, while it is kept."""
    wish = await session.get(Wish, wish_id)
    if wish is None or wish.user_id != user_id or wish.created_at <= now - KEPT:
        return None
    return wish


async def drop_wishes(session: AsyncSession, now: datetime) -> int:
    """Takes away what is kept no longer; how many there were."""
    old = delete(Wish).where(Wish.created_at <= now - KEPT).returning(Wish.id)
    return len(list(await session.scalars(old)))


def _waiting(guild_id: int) -> tuple[Any, Any]:
    return Admission.guild_id == guild_id, Admission.admitted_at.is_(None)
