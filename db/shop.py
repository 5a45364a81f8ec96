"""Packs of credits that were bought, and credits that members give. Never commits.

Each is known by a key, so that what is reported or asked for twice happens once.
"""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from db import credits
from db.engine import add_missing
from db.errors import FiveSquaresError
from db.member_tables import Gift, Purchase

BOUGHT = ("pack",)
"""The kinds of lots that can be given away; free credits stay with their member."""


class OwnGift(FiveSquaresError):
    """You can't give credits to yourself. Nothing was moved."""


class NotEnoughBought(FiveSquaresError):
    """You have fewer bought credits than that; free ones can't be given. Nothing was moved."""


async def record(
    session: AsyncSession,
    key: str,
    user_id: int | None,
    amount: int,
    months: int,
    now: datetime,
    actor_id: int | None = None,
) -> bool:
    """A pack of an enrolled member, granted once for each key; False if it was known before.

    An amount of 0 notes one that is not known here.
    """
    new = Purchase(key=key, user_id=user_id, actor_id=actor_id, credits=amount, at=now)
    if not await add_missing(session, new):
        return False
    if user_id is not None and amount:
        await credits.grant(
            session, user_id, amount, *BOUGHT, now, credits.later(now, months, now.day), key
        )
    return True


async def revoke(session: AsyncSession, key: str, user_id: int | None, now: datetime) -> int | None:
    """Takes back what is unspent of a pack whose sale was undone, once for each key; how much.

    None if that was known before, or if nothing was granted for it; nothing ever is then.
    """
    unknown = Purchase(key=key, user_id=user_id, credits=0, at=now, revoked_at=now)
    if await add_missing(session, unknown):
        return None
    change = update(Purchase).where(Purchase.key == key, Purchase.revoked_at.is_(None))
    granted = await session.scalar(change.values(revoked_at=now).returning(Purchase.credits))
    return await credits.revoke(session, user_id, key, now) if granted and user_id else None


async def is_settled(session: AsyncSession, key: str) -> bool:
    """Whether the shop has taken note of the pack, or has undone its sale."""
    purchase = await session.get(Purchase, key, populate_existing=True)
    return purchase is not None and bool(purchase.consumed_at or purchase.revoked_at)


async def mark_consumed(session: AsyncSession, key: str, now: datetime) -> None:
    """Notes that the shop has taken note of the pack."""
    change = update(Purchase).where(Purchase.key == key, Purchase.consumed_at.is_(None))
    await session.execute(change.values(consumed_at=now))


async def give(
    session: AsyncSession,
    request_id: str,
    giver_id: int,
    taker_id: int,
    amount: int,
    now: datetime,
) -> bool:
    """Moves bought credits between enrolled members; False if the request was known before.

    Raises OwnGift or NotEnoughBought.
    """
    if giver_id == taker_id:
        raise OwnGift
    gift = Gift(request_id=request_id, giver_id=giver_id, taker_id=taker_id, amount=amount, at=now)
    if not await add_missing(session, gift):
        return False
    if not await credits.move(session, giver_id, taker_id, amount, BOUGHT, "gift", now):
        raise NotEnoughBought
    return True
