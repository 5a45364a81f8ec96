"""The wallet by the product's rules: what comes when, what goes first, what returns where."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from db import credits
from db.errors import NotEnoughCredits
from db.tables import LedgerEntry, Lot
from tests.db.town import NOW, PLAN, Town, on_sqlite


def day(month: int, number: int, year: int = 2026) -> datetime:
    return datetime(year, month, number, 12, tzinfo=UTC)


async def enrol(town: Town, now: datetime, plan: credits.Plan = PLAN) -> datetime:
    """The day of the next refill."""
    town.now = now
    return (await town.do(credits.enrol, 1, now, plan)).refill_at


async def statement(town: Town) -> credits.Statement:
    async with town.database.read() as session:
        return await credits.statement(session, 1, town.now)


async def entries(town: Town) -> list[tuple[str, int]]:
    """The ledger, newest first."""
    return [(entry.kind, entry.amount) for entry in (await statement(town)).entries]


async def test_the_first_month_and_the_later_ones(town: Town):
    assert await enrol(town, day(3, 10)) == day(4, 10)
    assert await town.balance() == 50
    assert await enrol(town, day(4, 10)) == day(5, 10)
    assert await town.balance() == 15
    assert await entries(town) == [("grant", 15), ("expire", -50), ("grant", 50)]


async def test_enrolling_again_changes_nothing(town: Town):
    for _ in range(3):
        assert await enrol(town, day(3, 10)) == day(4, 10)
    assert await entries(town) == [("grant", 50)]


async def test_a_month_away_is_not_made_up_for(town: Town):
    await enrol(town, day(3, 10))
    assert await enrol(town, day(7, 20)) == day(8, 10)
    assert await town.balance() == 15


@on_sqlite
@pytest.mark.parametrize("number", [29, 30, 31])
async def test_late_days_become_the_28th(town: Town, number: int):
    assert await enrol(town, day(1, number)) == day(2, 28)
    assert await enrol(town, day(2, 28)) == day(3, 28)


async def test_the_year_turns(town: Town):
    assert await enrol(town, day(12, 5)) == day(1, 5, year=2027)


async def test_a_plan_without_free_credits(town: Town):
    await enrol(town, day(3, 10), credits.Plan(0, 0))
    await enrol(town, day(4, 10), credits.Plan(0, 0))
    assert await entries(town) == []


async def test_what_expires_soonest_goes_first(town: Town):
    await enrol(town, NOW, credits.Plan(2, 0))
    await town.do(credits.grant, 1, 2, "gift", NOW, None)
    await town.do(credits.grant, 1, 2, "pack", NOW, NOW + timedelta(days=365))
    await town.ask(cost=3)
    lots = (await statement(town)).lots
    assert [(lot.kind, lot.remaining) for lot in lots] == [("pack", 1), ("gift", 2)]
    await town.ask(cost=2)
    assert [(lot.kind, lot.remaining) for lot in (await statement(town)).lots] == [("gift", 1)]


async def test_too_dear(town: Town):
    """Nothing is spent, and no job is left behind: one transaction."""
    await enrol(town, NOW)
    with pytest.raises(NotEnoughCredits) as error:
        await town.ask(cost=51)
    assert (error.value.balance, error.value.refill_at) == (50, day(4, 10))
    assert await town.balance() == 50
    assert await town.claim() == []


async def test_expired_credits_can_not_be_spent(town: Town):
    await enrol(town, NOW, credits.Plan(0, 0))
    await town.do(credits.grant, 1, 5, "pack", NOW, NOW + timedelta(days=1))
    town.later(24 * 3600)
    assert await town.balance() == 0
    with pytest.raises(NotEnoughCredits):
        await town.ask()


async def test_a_refund_goes_where_it_came_from(town: Town):
    await enrol(town, NOW, credits.Plan(1, 0))
    await town.do(credits.grant, 1, 4, "pack", NOW, None)
    job = await town.ask(cost=3)
    await town.cancel(job)
    lots = (await statement(town)).lots
    assert [(lot.kind, lot.remaining) for lot in lots] == [("first_month", 1), ("pack", 4)]


async def test_a_refund_into_an_expired_lot_is_given_anew(town: Town):
    await enrol(town, NOW)
    job = await town.ask(cost=3)
    town.now = day(6, 1)
    await town.cancel(job)
    [lot] = (await statement(town)).lots
    assert (lot.kind, lot.remaining, lot.expires_at) == ("returned", 3, day(6, 10))
    assert await town.balance() == 3


async def test_a_job_is_refunded_once(town: Town):
    job = await town.ask()
    assert await town.do(credits.refund, job.id, NOW)
    assert not await town.do(credits.refund, job.id, NOW)
    assert await town.balance() == 50


async def test_the_table_itself_refuses_a_second_refund(town: Town):
    job = await town.ask()
    await town.cancel(job)
    again = LedgerEntry(user_id=1, job_id=job.id, kind="refund", amount=1, parts=[], at=NOW)
    with pytest.raises(IntegrityError):
        async with town.database.write() as session:
            session.add(again)


async def test_the_table_itself_refuses_debts(town: Town):
    await enrol(town, NOW)
    with pytest.raises(IntegrityError):
        async with town.database.write() as session:
            (await session.scalar(select(Lot))).remaining = -1


async def test_there_is_nothing_to_refund(town: Town):
    assert not await town.do(credits.refund, 12, NOW)


async def test_expiring_all(town: Town):
    for user in (1, 2):
        await town.do(credits.enrol, user, NOW, PLAN)
    await town.do(credits.grant, 2, 7, "pack", NOW, None)
    assert await town.do(credits.expire, NOW) == 0
    assert await town.do(credits.expire, day(5, 1)) == 2
    assert await town.do(credits.expire, day(5, 1)) == 0
    assert await town.balance(2) == 7


async def test_the_statement_is_short(town: Town):
    """Ten entries, the newest first, and no empty lots."""
    await town.do(credits.enrol, 1, NOW, credits.Plan(12, 0))
    for _ in range(12):
        job = await town.ask()
    told = await statement(town)
    assert (told.balance, told.lots, told.refill_at) == (0, [], day(4, 10))
    assert [entry.kind for entry in told.entries] == ["spend"] * 10
    assert told.entries[0].job_id == job.id
