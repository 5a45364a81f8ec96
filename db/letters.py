"""Direct messages that are to be sent, each once. Takes a session and never commits."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.member_tables import UNSENT, Letter


async def write(session: AsyncSession, user_id: int | None, text: str, now: datetime) -> None:
    """Puts a letter out for a member, or for the host."""
    session.add(Letter(user_id=user_id, text=text, created_at=now))
    await session.flush()


async def unsent(session: AsyncSession, limit: int) -> list[Letter]:
    """What waits to be sent, oldest first."""
    return list(
        await session.scalars(select(Letter).where(UNSENT).order_by(Letter.id).limit(limit))
    )


async def mark_sent(session: AsyncSession, letter_id: int, now: datetime) -> None:
    """Notes that nothing is left to do about a letter, and forgets what it said."""
    change = update(Letter).where(Letter.id == letter_id)
    await session.execute(change.values(sent_at=now, text=""))
