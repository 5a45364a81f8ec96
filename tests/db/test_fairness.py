"""Nobody waits behind a member who asks for much."""

from collections import Counter

from sqlalchemy import update

from db import credits
from db.tables import User
from tests.db.town import NOW, PLAN, Town

HEAVY, NEWCOMER = 1, 2


async def turns(town: Town, count: int) -> list[int]:
    """Who is served in the next claims of one job each; everything claimed is finished."""
    served = []
    for _ in range(count):
        [job] = await town.claim(limit=4)
        await town.finish(job)
        served.append(job.user_id)
    return served


async def test_a_newcomer_does_not_wait_behind_a_heavy_member(town: Town):
    for _ in range(20):
        await town.ask(HEAVY)
    await turns(town, 5)
    await town.ask(NEWCOMER)
    assert NEWCOMER in await turns(town, 2)


async def test_nor_behind_full_claims(town: Town):
    """The lane's clock follows the head of a claim; with its last job it would run away."""
    for _ in range(30):
        await town.ask(HEAVY)
    for _ in range(2):
        for job in await town.claim(limit=4 * 8):
            await town.finish(job)
    await town.ask(NEWCOMER)
    assert NEWCOMER in {job.user_id for job in await town.claim(limit=4 * 8)}


async def test_members_take_turns(town: Town):
    for user in (1, 2, 3):
        for _ in range(4):
            await town.ask(user)
    served = await turns(town, 12)
    assert all(set(served[turn : turn + 3]) == {1, 2, 3} for turn in (0, 3, 6, 9))


async def test_a_weight_is_a_share(town: Town):
    await town.do(credits.enrol, HEAVY, NOW, PLAN)
    await town.do(_weigh, HEAVY, 3.0)
    for _ in range(12):
        await town.ask(HEAVY)
        await town.ask(NEWCOMER)
    assert Counter(await turns(town, 8)) == {HEAVY: 6, NEWCOMER: 2}


async def _weigh(session, user: int, weight: float) -> None:
    await session.execute(update(User).where(User.id == user).values(weight=weight))


async def test_old_use_is_forgiven(town: Town):
    """Who used much while nobody else wanted to starts level with a newcomer."""
    for _ in range(10):
        await town.ask(HEAVY)
    await turns(town, 10)
    await town.ask(HEAVY)
    await town.ask(NEWCOMER)
    await town.ask(NEWCOMER)
    assert await turns(town, 2) == [NEWCOMER, HEAVY]


async def test_idleness_earns_nothing(town: Town):
    """A member who was away can't claim the turns that they did not take."""
    await town.ask(NEWCOMER)
    await turns(town, 1)
    for _ in range(10):
        await town.ask(HEAVY)
    await turns(town, 5)
    for _ in range(5):
        await town.ask(NEWCOMER)
    assert Counter(await turns(town, 6)) == {HEAVY: 3, NEWCOMER: 3}


async def test_a_cancelled_job_costs_no_turn(town: Town):
    asked = [await town.ask(HEAVY) for _ in range(5)]
    for job in asked[1:]:
        await town.cancel(job)
    assert (await town.user(HEAVY)).vfinish == asked[0].vfinish
    assert (await town.ask(HEAVY)).vstart == asked[1].vstart


async def test_free_jobs_take_turns_too(town: Town):
    for _ in range(5):
        await town.ask(HEAVY, cost=0)
    await town.ask(NEWCOMER, cost=0)
    assert await turns(town, 2) == [HEAVY, NEWCOMER]
