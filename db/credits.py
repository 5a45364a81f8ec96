"""The ledger: grants, spends, refunds and expiry. Takes a session and never commits.

A balance is the sum of a member's live lots. Every change of a lot is an entry in the
ledger, which is only ever added to. Who changes a member's lots holds the member's row.
"""

from calendar import monthrange
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.engine import add_missing
from db.errors import NotEnoughCredits
from db.tables import LedgerEntry, Lot, User

ENTRIES = 10
"""How many entries a statement shows."""
REVOKED = "revoked"
"""The kind of lots whose sale was undone: nothing comes back to them."""


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
    """The member's wallet: made at first use, and refilled when that is due. Safe to repeat.

    Free credits live until the next refill; months without a visit are not made up for.
    """
    new = User(
        id=user_id,
        created_at=now,
        refill_at=later(now, 1, min(now.day, 28)),
        weight=1.0,
        vfinish=0.0,
    )
    if await session.get(User, user_id) is None and await add_missing(session, new):
        user, kind, amount = new, "first_month", plan.first_month
    else:
        user, kind, amount = await _held(session, user_id), "monthly", plan.monthly
        if user.refill_at > now:
            return user
        user.refill_at = _next_refill(user, now)
        await expire(session, now, user_id)
    if amount:
        await grant(session, user_id, amount, kind, now, user.refill_at)
    return user


async def grant(
    session: AsyncSession,
    user_id: int,
    amount: int,
    kind: str,
    now: datetime,
    expires_at: datetime | None,
    purchase: str | None = None,
) -> Lot:
    """A new lot of `amount` credits; without `expires_at` it stays until it is spent."""
    lot = await _new_lot(session, user_id, amount, kind, now, expires_at, purchase)
    _enter(session, user_id, None, "grant", amount, [[lot.id, amount]], now)
    return lot


async def spend(
    session: AsyncSession, user_id: int, job_id: int, amount: int, now: datetime
) -> None:
    """Takes `amount` for a job, first from what expires soonest. Raises NotEnoughCredits."""
    user = await _held(session, user_id)
    lots = await _live(session, user_id, now)
    total = sum(lot.remaining for lot in lots)
    if total < amount:
        raise NotEnoughCredits(total, user.refill_at)
    parts = [[lot.id, taken] for lot, taken in _take(lots, amount)]
    _enter(session, user_id, job_id, "spend", -amount, parts, now)


async def move(
    session: AsyncSession,
    giver_id: int,
    taker_id: int,
    amount: int | None,
    kinds: Collection[str] | None,
    entry: str,
    now: datetime,
) -> int:
    """Moves credits between wallets, soonest to expire first; how many, which is none or `amount`.

    They keep their kind and their last day. Without an amount all are moved, without `kinds`
    those of any. Both must be enrolled.
    """
    for user_id in sorted((giver_id, taker_id)):  # in one order, so that two can't wait in a ring
        await _held(session, user_id)
    found = await _live(session, giver_id, now)
    lots = [lot for lot in found if kinds is None or lot.kind in kinds]
    total = sum(lot.remaining for lot in lots)
    amount = total if amount is None else amount
    if not 0 < amount <= total:
        return 0
    given, taken = [], []
    for lot, part in _take(lots, amount):
        of_same = (lot.kind, now, lot.expires_at, lot.purchase)
        new = await _new_lot(session, taker_id, part, *of_same)
        given.append([lot.id, part])
        taken.append([new.id, part])
    _enter(session, giver_id, None, entry, -amount, given, now)
    _enter(session, taker_id, None, entry, amount, taken, now)
    return amount


def _take(lots: Sequence[Lot], amount: int) -> list[tuple[Lot, int]]:
    """Takes so much from lots that hold it, in their order; what was taken from which."""
    parts = []
    for lot in lots:
        if taken := min(amount, lot.remaining):
            lot.remaining -= taken
            amount -= taken
            parts.append((lot, taken))
    return parts


async def refund(session: AsyncSession, job_id: int, now: datetime) -> bool:
    """Returns a job's credits to their lots; False if there is nothing (left) to return.

    What came from a lot that has expired since is given anew until the next refill; what came from
    a sale that was undone is not.
    """
    spent = await _entry(session, job_id, "spend")
    if spent is None:
        return False
    user = await _held(session, spent.user_id)
    if await _entry(session, job_id, "refund") is not None:
        return False
    parts = []
    for lot_id, amount in spent.parts:
        lot = await session.get_one(Lot, lot_id, populate_existing=True)
        if lot.kind == REVOKED:
            continue
        if lot.expires_at is not None and lot.expires_at <= now:
            until = _next_refill(user, now)
            lot = await _new_lot(session, user.id, amount, "returned", now, until)
        else:
            lot.remaining += amount
        parts.append([lot.id, amount])
    returned = sum(amount for _, amount in parts)
    _enter(session, user.id, job_id, "refund", returned, parts, now)
    return True


async def revoke(session: AsyncSession, user_id: int, purchase: str, now: datetime) -> int:
    """Takes back what is left of a purchase whose sale was undone; how much that was."""
    await _held(session, user_id)
    bought = select(Lot).where(Lot.user_id == user_id, Lot.purchase == purchase)
    parts = []
    for lot in await session.scalars(bought.execution_options(populate_existing=True)):
        if lot.remaining:
            parts.append([lot.id, lot.remaining])
        lot.remaining, lot.kind = 0, REVOKED
    taken = sum(amount for _, amount in parts)
    if taken:
        _enter(session, user_id, None, "revoke", -taken, parts, now)
    return taken


async def expire(session: AsyncSession, now: datetime, user_id: int | None = None) -> int:
    """Empties lots whose time is over, of one member or of all; returns how many."""
    dead = (Lot.remaining > 0, Lot.expires_at <= now)
    whose = select(Lot.user_id).where(*dead).distinct().order_by(Lot.user_id)
    members = [user_id] if user_id is not None else list(await session.scalars(whose))
    count = 0
    for member in members:
        await _held(session, member)
        query = select(Lot).where(Lot.user_id == member, *dead).order_by(Lot.id)
        for lot in await session.scalars(query.execution_options(populate_existing=True)):
            _enter(session, member, None, "expire", -lot.remaining, [[lot.id, lot.remaining]], now)
            lot.remaining = 0
            count += 1
    return count


async def balance(session: AsyncSession, user_id: int, now: datetime) -> int:
    """The sum of the member's live lots."""
    query = select(func.coalesce(func.sum(Lot.remaining), 0)).where(*_alive(user_id, now))
    return (await session.execute(query)).scalar_one()


async def statement(session: AsyncSession, user_id: int, now: datetime) -> Statement:
    """All that a member is told of their wallet; they must be enrolled."""
    user = await session.get_one(User, user_id)
    lots = await _live(session, user_id, now)
    newest = select(LedgerEntry).where(LedgerEntry.user_id == user_id)
    entries = await session.scalars(newest.order_by(LedgerEntry.id.desc()).limit(ENTRIES))
    return Statement(sum(lot.remaining for lot in lots), user.refill_at, lots, list(entries))


async def _held(session: AsyncSession, user_id: int) -> User:
    """The member's row as it is now, which nobody else changes until this transaction ends."""
    return await session.get_one(User, user_id, with_for_update=True, populate_existing=True)


async def _live(session: AsyncSession, user_id: int, now: datetime) -> list[Lot]:
    """The lots to spend from, in their order."""
    soonest = (Lot.expires_at.is_(None), Lot.expires_at, Lot.id)
    query = select(Lot).where(*_alive(user_id, now)).order_by(*soonest)
    return list(await session.scalars(query.execution_options(populate_existing=True)))


def _alive(user_id: int, now: datetime) -> Iterable[ColumnElement[bool]]:
    lasting = or_(Lot.expires_at.is_(None), Lot.expires_at > now)
    return Lot.user_id == user_id, Lot.remaining > 0, lasting


async def _entry(session: AsyncSession, job_id: int, kind: str) -> LedgerEntry | None:
    query = select(LedgerEntry).where(LedgerEntry.job_id == job_id, LedgerEntry.kind == kind)
    return await session.scalar(query)


async def _new_lot(
    session: AsyncSession,
    user_id: int,
    amount: int,
    kind: str,
    now: datetime,
    expires_at: datetime | None,
    purchase: str | None = None,
) -> Lot:
    lot = Lot(
        user_id=user_id,
        kind=kind,
        amount=amount,
        remaining=amount,
        purchase=purchase,
        granted_at=now,
        expires_at=expires_at,
    )
    session.add(lot)
    await session.flush()
    return lot


def _enter(
    session: AsyncSession,
    user_id: int,
    job_id: int | None,
    kind: str,
    amount: int,
    parts: list[list[int]],
    now: datetime,
) -> None:
    entry = LedgerEntry(
        user_id=user_id, job_id=job_id, kind=kind, amount=amount, parts=parts, at=now
    )
    session.add(entry)


def _next_refill(user: User, now: datetime) -> datetime:
    moment = user.refill_at
    while moment <= now:
        moment = later(moment, 1, min(user.created_at.day, 28))
    return moment


def later(moment: datetime, months: int, day: int) -> datetime:
    """That day so many months later, or the last of that month."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    return moment.replace(year=year, month=month + 1, day=min(day, monthrange(year, month + 1)[1]))
