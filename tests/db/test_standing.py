"""Points add up, blocks follow by themselves, and both end when a case was harmless."""

from datetime import timedelta

from db import blocks, cases, flags, standing
from db.engine import Database
from db.flag_tables import CaseState, Flag
from tests.db.test_flags import noticed
from tests.db.town import NOW

ANN = 7


async def record(database: Database, words: str, points: int = 2, days: int = 0) -> Flag:
    """What a member tried, so many days after the first."""
    new = noticed(prompt=words, normalised=words, points=points)
    async with database.write() as session:
        return await standing.record(session, new, NOW + timedelta(days=days))


async def decide(database: Database, flag: Flag, verdict: CaseState) -> bool:
    """A moderator's decision; whether it ended a block."""
    async with database.write() as session:
        found = await cases.of_guild(session, flag.id, 2)
        await cases.decide(session, found, ANN, verdict, "", NOW)
        return verdict == CaseState.overturned and await standing.relieve(session, found, ANN, NOW)


async def blocked(database: Database, days: int = 0) -> bool:
    async with database.read() as session:
        return await blocks.active(session, 1, 2, NOW + timedelta(days=days)) is not None


async def test_points_count_for_thirty_days(database: Database) -> None:
    await record(database, "one", points=6)
    await record(database, "two", days=31)
    assert not await blocked(database, 31)
    await record(database, "three", points=6, days=31)
    assert await blocked(database, 31)


async def test_a_try_of_what_was_upheld_weighs_heavily_in_a_case_of_its_own(
    database: Database,
) -> None:
    first = await record(database, "a very bad thing", points=1)
    await decide(database, first, CaseState.upheld)
    second = await record(database, "a very bad, bad thing".replace(",", ""), points=1)
    assert second.id != first.id and second.points == standing.RETRY_POINTS
    third = await record(database, "a very bad thing now", points=1)
    assert (third.id, third.tries) == (second.id, 2)


async def test_an_overturned_case_takes_its_part_of_a_block_away(database: Database) -> None:
    first = await record(database, "one thing", points=6)
    second = await record(database, "quite another", points=2)
    assert await blocked(database)
    assert await decide(database, first, CaseState.overturned)
    assert not await blocked(database)
    assert not await decide(database, second, CaseState.overturned)


async def test_what_a_moderator_blocked_stays(database: Database) -> None:
    first = await record(database, "one thing", points=8)
    async with database.write() as session:
        await blocks.add(
            session, user_id=1, guild_id=2, actor_id=ANN, reason="", length=None, now=NOW
        )
    assert await decide(database, first, CaseState.overturned)
    assert await blocked(database)


async def test_what_passed_weighs_nothing_however_often(database: Database) -> None:
    for _ in range(9):
        flag = await record(database, "a flagged thing", points=0)
    async with database.read() as session:
        found = await flags.standing(session, 1, 2, NOW - standing.WINDOW)
    assert (flag.tries, found.points) == (9, 0)
    assert not await blocked(database)
