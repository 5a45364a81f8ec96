"""The ledger under any interleaving: balance = sum of live lots ≥ 0, and the entries add up."""

import asyncio
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db import credits, jobs
from db.engine import migrate, open_database
from db.errors import NotEnoughCredits
from db.tables import LedgerEntry, Lot, Operation

START = datetime(2026, 1, 31, 12, tzinfo=UTC)
PLAN = credits.Plan(50, 15)
MEMBER = 1

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("grant"), st.integers(1, 20), st.integers(1, 60)),
        st.tuples(st.just("spend"), st.integers(1, 40), st.just(0)),
        st.tuples(st.just("refund"), st.integers(0, 9), st.just(0)),
        st.tuples(st.just("later"), st.integers(1, 45), st.just(0)),
        st.tuples(st.just("expire"), st.just(0), st.just(0)),
    ),
    max_size=14,
)


@settings(max_examples=25, deadline=None)
@given(STEPS)
def test_no_interleaving_makes_or_loses_credits(steps: list[tuple[str, int, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(f"sqlite+aiosqlite:///{Path(folder) / 'test.db'}", steps))


async def play(url: str, steps: list[tuple[str, int, int]]) -> None:
    await migrate(url)
    database = await open_database(url, checkpoints=True)
    now, ids = START, []
    async with database.write() as session:
        await credits.enrol(session, MEMBER, now, PLAN)
    for number, (what, amount, days) in enumerate(steps):
        async with database.write() as session:
            if what == "grant":
                ends = now + timedelta(days=days)
                await credits.grant(session, MEMBER, amount, "pack", now, ends)
            elif what == "spend":
                ids += await spend(session, number, amount, now)
            elif what == "refund" and ids:
                await credits.refund(session, ids[amount % len(ids)], now)
            elif what == "later":
                now += timedelta(days=amount)
                await credits.enrol(session, MEMBER, now, PLAN)
            elif what == "expire":
                await credits.expire(session, now)
        async with database.read() as session:
            await check(session, now)
    await database.close()


async def spend(session: AsyncSession, number: int, amount: int, now: datetime) -> list[int]:
    """A job of that price, or [] and an untouched wallet where it is too dear."""
    before = await credits.balance(session, MEMBER, now)
    params = {"prompt": "", "images": 1, "seed": 1, "sources": []}
    new = jobs.NewJob(
        str(number), MEMBER, 1, 2, Operation.text_to_image, params, "mini", "a", amount
    )
    job = (await jobs.enqueue(session, new, now)).job
    if before < amount:
        with pytest.raises(NotEnoughCredits):
            await credits.spend(session, MEMBER, job.id, amount, now)
        return []
    await credits.spend(session, MEMBER, job.id, amount, now)
    assert await credits.balance(session, MEMBER, now) == before - amount
    return [job.id]


async def check(session: AsyncSession, now: datetime) -> None:
    lots = list(await session.scalars(select(Lot)))
    live = [lot for lot in lots if lot.expires_at is None or lot.expires_at > now]
    assert all(lot.remaining >= 0 for lot in lots)
    assert await credits.balance(session, MEMBER, now) == sum(lot.remaining for lot in live)
    entered = await session.scalar(select(func.sum(LedgerEntry.amount)))
    assert entered == sum(lot.remaining for lot in lots)
