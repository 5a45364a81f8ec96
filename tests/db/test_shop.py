"""Packs and gifts: whatever is reported twice, no credit is made or lost."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from db import credits, privacy, queue, shop
from db.engine import Database
from db.tables import LedgerEntry, Lot
from tests.db.town import PLAN, Town, on_sqlite

GIVER, TAKER = 5, 6


@pytest.fixture
async def town(database: Database) -> Town:
    """Two members with the free credits of their first month."""
    town = Town(database)
    for member in (GIVER, TAKER):
        await town.do(credits.enrol, member, town.now, PLAN)
    return town


async def total(town: Town) -> int:
    async with town.database.read() as session:
        return await session.scalar(select(func.sum(Lot.remaining)))


async def test_a_pack_that_is_reported_three_times_at_once_is_one(town: Town) -> None:
    report = ("entitlement:1", GIVER, 115, 12, town.now)
    made = await asyncio.gather(*(town.do(shop.record, *report) for _ in range(3)))
    assert sorted(made) == [False, False, True]
    assert await town.balance(GIVER) == PLAN.first_month + 115


async def test_a_pack_lasts_for_months_of_the_calendar(town: Town) -> None:
    leap = datetime(2028, 2, 29, 12, tzinfo=UTC)
    assert credits.later(leap, 12, leap.day) == datetime(2029, 2, 28, 12, tzinfo=UTC)
    assert credits.later(leap, 10, 31) == datetime(2028, 12, 31, 12, tzinfo=UTC)
    await town.do(shop.record, "entitlement:1", GIVER, 115, 12, town.now)
    town.later(364 * 24 * 3600)
    assert await town.balance(GIVER) == 115
    town.later(2 * 24 * 3600)
    assert await town.balance(GIVER) == 0


async def test_what_is_not_known_here_is_noted_once_and_grants_nothing(town: Town) -> None:
    unknown = ("entitlement:2", None, 0, 0, town.now)
    assert await town.do(shop.record, *unknown)
    assert not await town.do(shop.record, *unknown)
    assert not await town.do(shop.is_settled, "entitlement:2")
    await town.do(shop.mark_consumed, "entitlement:2", town.now)
    assert await town.do(shop.is_settled, "entitlement:2")


async def test_a_gift_moves_bought_credits_with_their_last_day(town: Town) -> None:
    await town.do(shop.record, "entitlement:1", GIVER, 115, 12, town.now)
    before = await total(town)
    give = ("click", GIVER, TAKER, 15, town.now)
    made = await asyncio.gather(*(town.do(shop.give, *give) for _ in range(3)))
    assert sorted(made) == [False, False, True]
    assert await town.balance(GIVER) == PLAN.first_month + 100
    assert await town.balance(TAKER) == PLAN.first_month + 15
    assert await total(town) == before

    town.later(200 * 24 * 3600)
    assert await town.balance(TAKER) == 15
    town.later(200 * 24 * 3600)
    assert await town.balance(TAKER) == 0


@on_sqlite
@pytest.mark.parametrize("amount", [-5, 0, 116, 150, 10**9])
async def test_nobody_gives_more_than_was_bought(town: Town, amount: int) -> None:
    await town.do(shop.record, "entitlement:1", GIVER, 115, 12, town.now)
    with pytest.raises(shop.NotEnoughBought):
        await town.do(shop.give, "click", GIVER, TAKER, amount, town.now)
    assert await town.balance(GIVER) == PLAN.first_month + 115
    assert await town.do(shop.give, "click", GIVER, TAKER, 115, town.now), "the key is free again"


async def test_nobody_gives_to_themself(town: Town) -> None:
    await town.do(shop.record, "entitlement:1", GIVER, 115, 12, town.now)
    with pytest.raises(shop.OwnGift):
        await town.do(shop.give, "click", GIVER, GIVER, 5, town.now)


async def test_two_who_give_to_each_other_at_once_both_succeed(town: Town) -> None:
    for member in (GIVER, TAKER):
        await town.do(shop.record, f"entitlement:{member}", member, 115, 12, town.now)
    both = [(f"{n}-{giver}", giver, 11 - giver, 5) for n in range(5) for giver in (GIVER, TAKER)]
    await asyncio.gather(*(town.do(shop.give, *gift, town.now) for gift in both))
    assert await town.balance(GIVER) == await town.balance(TAKER) == PLAN.first_month + 115


async def test_more_gifts_at_once_than_there_are_credits(town: Town) -> None:
    await town.do(shop.record, "entitlement:1", GIVER, 10, 12, town.now)
    gifts = (town.do(shop.give, f"click {n}", GIVER, TAKER, 4, town.now) for n in range(5))
    made = await asyncio.gather(*gifts, return_exceptions=True)
    assert [one for one in made if one is True] == [True, True]
    assert await town.balance(GIVER) == PLAN.first_month + 2
    async with town.database.read() as session:
        entries = await session.scalars(select(LedgerEntry).where(LedgerEntry.kind == "gift"))
        assert sum(entry.amount for entry in entries) == 0


async def test_free_credits_are_not_given(town: Town) -> None:
    with pytest.raises(shop.NotEnoughBought):
        await town.do(shop.give, "click", GIVER, TAKER, 1, town.now)


def test_the_year_is_over_on_the_same_day() -> None:
    day = datetime(2026, 3, 10, 12, tzinfo=UTC)
    assert credits.later(day, 12, day.day) - day == timedelta(days=365)


async def sold(town: Town, key: str = "entitlement:1", amount: int = 115) -> None:
    await town.do(shop.record, key, GIVER, amount, 12, town.now)


async def test_a_sale_that_was_undone_takes_back_what_is_unspent_once(town: Town) -> None:
    await sold(town)
    await sold(town, "entitlement:2", 40)
    await town.do(shop.give, "click", GIVER, TAKER, 15, town.now)
    undo = ("entitlement:1", GIVER, town.now)
    taken = await asyncio.gather(*(town.do(shop.revoke, *undo) for _ in range(3)))
    assert sorted(taken, key=str) == [100, None, None]
    assert await town.balance(GIVER) == PLAN.first_month + 40, "another pack stays whole"
    assert await town.balance(TAKER) == PLAN.first_month + 15, "what was given stays given"
    async with town.database.read() as session:
        entries = await session.scalars(select(LedgerEntry).where(LedgerEntry.kind == "revoke"))
        assert [(entry.user_id, entry.amount) for entry in entries] == [(GIVER, -100)]
    assert not await town.do(shop.record, *undo[:2], 115, 12, town.now)
    assert await town.do(shop.is_settled, "entitlement:1")


async def test_what_comes_back_from_a_cancelled_request_is_taken_too(town: Town) -> None:
    """Or all of a pack could be kept: ask, have the sale undone, cancel."""
    town.later(40 * 24 * 3600)  # no free credits are left
    await sold(town)
    job = await town.ask(GIVER, cost=20)
    assert await town.do(shop.revoke, "entitlement:1", GIVER, town.now) == 115 - 5
    async with town.database.write() as session:
        assert await queue.cancel(session, job.id, town.now)
    assert await town.balance(GIVER) == PLAN.monthly


async def test_a_sale_that_is_undone_before_it_was_heard_of_is_never_granted(town: Town) -> None:
    assert await town.do(shop.revoke, "entitlement:1", GIVER, town.now) is None
    assert not await town.do(shop.record, "entitlement:1", GIVER, 115, 12, town.now)
    assert await town.do(shop.is_settled, "entitlement:1")
    assert await town.balance(GIVER) == PLAN.first_month


async def test_what_is_not_known_here_takes_nothing_back(town: Town) -> None:
    await town.do(shop.record, "entitlement:2", None, 0, 0, town.now)
    assert await town.do(shop.revoke, "entitlement:2", None, town.now) is None
    assert await town.balance(GIVER) == PLAN.first_month


async def test_deleting_ones_data_keeps_no_pack_whose_sale_is_undone(town: Town) -> None:
    await sold(town)
    async with town.database.write() as session:
        await privacy.forget(session, GIVER, town.now)
    async with town.database.read() as session:
        nobodys = select(Lot).where(Lot.user_id < 0, Lot.purchase.is_not(None))
        assert list(await session.scalars(nobodys)) == [], "nothing leads from a member to the past"
    assert await town.do(shop.revoke, "entitlement:1", GIVER, town.now) == 115
    assert await town.balance(GIVER) == PLAN.first_month
