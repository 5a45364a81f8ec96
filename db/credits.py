"""The ledger: grants, spends, refunds and expiry. Takes a session and never commits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.errors import NotEnoughCredits
from db.tables import LedgerEntry, Lot, User


@dataclass(frozen=True)
class Plan:
    """Free credits: in the first month, and in each later one."""

    first_month: int
    monthly: int


@dataclass(frozen=True)
class Statement:
    """A wallet as its member reads it: live lots soonest to expire first, newest entries first."""

    balance: int
    refill_at: datetime
    lots: list[Lot]
    entries: list[LedgerEntry]


async def enrol(session: AsyncSession, user_id: int, now: datetime, plan: Plan) -> User:
    """The member's wallet, made at first use, with every refill that is due. Safe to repeat."""
    user = await session.get(User, user_id, with_for_update=True)
    if user is None:
        user = User(id=user_id, created_at=now, refill_at=_month_later(now, now))
        user.weight, user.vfinish = 1.0, 0.0
        session.add(user)
        await session.flush()
        await grant(session, user_id, plan.first_month, "first_month", now, user.refill_at)
    elif user.refill_at <= now:
        while user.refill_at <= now:
            user.refill_at = _month_later(user.refill_at, user.created_at)
        await grant(session, user_id, plan.monthly, "monthly", now, user.refill_at)
    return user


async def grant(
    session: AsyncSession, user_id: int, amount: int, kind: str, now: datetime,
    expires_at: datetime | None,
) -> Lot:  # fmt: skip
    """A new lot of `amount` credits."""
    lot = Lot(user_id=user_id, kind=kind, amount=amount, remaining=amount,
              granted_at=now, expires_at=expires_at)  # fmt: skip
    session.add(lot)
    await session.flush()
    _enter(session, user_id, None, "grant", amount, [[lot.id, amount]], now)
    return lot


async def spend(
    session: AsyncSession, user_id: int, job_id: int, amount: int, now: datetime
) -> None:
    """Takes `amount` for a job, from what expires soonest. Raises NotEnoughCredits."""
    user = await session.get_one(User, user_id, with_for_update=True)
    lots = await _live(session, user_id, now)
    total = sum(lot.remaining for lot in lots)
    if total < amount:
        raise NotEnoughCredits(total, user.refill_at)
    parts, left = [], amount
    for lot in lots:
        taken = min(left, lot.remaining)
        if taken:
            lot.remaining -= taken
            left -= taken
            parts.append([lot.id, taken])
    _enter(session, user_id, job_id, "spend", -amount, parts, now)


async def refund(session: AsyncSession, job_id: int, now: datetime) -> bool:
    """Returns a job's credits to their lots; False if there is nothing (left) to return.

    What came from a lot that has expired since is granted again until the next refill.
    """
    query = select(LedgerEntry).where(LedgerEntry.job_id == job_id)
    entries = {entry.kind: entry for entry in await session.scalars(query)}
    if "spend" not in entries or "refund" in entries:
        return False
    spent = entries["spend"]
    user = await session.get_one(User, spent.user_id, with_for_update=True)
    parts = []
    for lot_id, amount in spent.parts:
        lot = await session.get_one(Lot, lot_id)
        if lot.expires_at is not None and lot.expires_at <= now:
            lot = Lot(user_id=user.id, kind="returned", amount=amount, remaining=0, granted_at=now,
                      expires_at=_next_refill(user, now))  # fmt: skip
            session.add(lot)
            await session.flush()
        lot.remaining += amount
        parts.append([lot.id, amount])
    _enter(session, user.id, job_id, "refund", -spent.amount, parts, now)
    await session.flush()
    return True


async def expire(session: AsyncSession, now: datetime) -> int:
    """Empties lots whose time is over and writes it down; returns how many."""
    dead = select(Lot).where(Lot.remaining > 0, Lot.expires_at <= now).with_for_update()
    lots = (await session.scalars(dead)).all()
    for lot in lots:
        _enter(session, lot.user_id, None, "expire", -lot.remaining, [[lot.id, lot.remaining]], now)
        lot.remaining = 0
    return len(lots)


async def balance(session: AsyncSession, user_id: int, now: datetime) -> int:
    """The sum of the member's live lots."""
    query = select(func.coalesce(func.sum(Lot.remaining), 0)).where(_alive(user_id, now))
    return (await session.execute(query)).scalar_one()


async def statement(session: AsyncSession, user_id: int, now: datetime) -> Statement:
    """All that /credits shows of an enrolled member."""
    user = await session.get_one(User, user_id)
    lots = [lot for lot in await _live(session, user_id, now) if lot.remaining]
    newest = select(LedgerEntry).where(LedgerEntry.user_id == user_id)
    entries = (await session.scalars(newest.order_by(LedgerEntry.id.desc()).limit(10))).all()
    return Statement(sum(lot.remaining for lot in lots), user.refill_at, lots, list(entries))


async def _live(session: AsyncSession, user_id: int, now: datetime) -> list[Lot]:
    soonest = (Lot.expires_at.is_(None), Lot.expires_at, Lot.id)
    query = select(Lot).where(_alive(user_id, now)).order_by(*soonest).with_for_update()
    return list(await session.scalars(query))


def _alive(user_id: int, now: datetime) -> ColumnElement[bool]:
    return and_(Lot.user_id == user_id, or_(Lot.expires_at.is_(None), Lot.expires_at > now))


def _enter(
    session: AsyncSession, user_id: int, job_id: int | None, kind: str, amount: int,
    parts: list[list[int]], now: datetime,
) -> None:  # fmt: skip
    session.add(LedgerEntry(user_id=user_id, job_id=job_id, kind=kind, amount=amount,
                            parts=parts, at=now))  # fmt: skip


def _next_refill(user: User, now: datetime) -> datetime:
    moment = user.refill_at
    while moment <= now:
        moment = _month_later(moment, user.created_at)
    return moment


def _month_later(moment: datetime, signed_up: datetime) -> datetime:
    """The sign-up day in the month after `moment`; the 29th to 31st become the 28th."""
    year, month = divmod(moment.year * 12 + moment.month, 12)
    return moment.replace(year=year, month=month + 1, day=min(signed_up.day, 28))
