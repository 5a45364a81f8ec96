"""Days in numbers: by hand counted, at midnight, and for the right server."""

from datetime import UTC, date, datetime, timedelta

from db import cases, flags, stats
from db.engine import Database
from db.flag_tables import CaseState
from db.tables import Job, State
from tests.db.test_flags import noticed
from tests.db.town import Town

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
GUILD = 2


async def made(town: Town, at: datetime, wait: float, takes: float, **more: object) -> None:
    """A request that ended at that time."""
    asked = await town.ask(**more)
    async with town.database.write() as session:
        job = await session.get_one(Job, asked.id)
        job.state, job.created_at = State.succeeded, at - timedelta(seconds=wait)
        job.started_at, job.finished_at = at - timedelta(seconds=takes), at


async def test_a_day_is_what_ended_on_it(database: Database) -> None:
    town = Town(database)
    await made(town, NOON, 40, 10)
    await made(town, NOON + timedelta(seconds=5), 20, 10)
    await made(town, NOON - timedelta(days=1), 100, 3600, images=2)
    await made(town, NOON, 1, 1, guild_id=3)
    await made(town, NOON - timedelta(days=5), 1, 1)
    await town.ask()
    async with database.write() as session:
        for action, when in (("block", NOON), ("flag", NOON), ("block", NOON - timedelta(days=9))):
            await flags.add(session, noticed(guild_id=GUILD, action=action), when)
    async with database.read() as session:
        before, today = await stats.days(session, GUILD, 2, NOON + timedelta(seconds=5))
    assert (before.date, today.date) == (date(2026, 3, 9), date(2026, 3, 10))
    assert (before.pictures, before.wait, before.refused) == (2, 100, 0)
    assert (today.pictures, today.wait, today.refused) == (8, 30, 1)
    assert before.busy == 3600 / 86400
    assert today.busy == 15 / (12 * 3600 + 5), "what is drawn together counts once"


async def test_days_without_anything(database: Database) -> None:
    async with database.read() as session:
        days = await stats.days(session, GUILD, 30, NOON)
    assert len(days) == 30 and days[-1].date == NOON.date()
    assert {(day.pictures, day.wait, day.long_wait, day.refused, day.busy) for day in days} == {
        (0, None, None, 0, 0.0)
    }


async def test_work_across_midnight_counts_on_both_days(database: Database) -> None:
    midnight = datetime(2026, 3, 10, tzinfo=UTC)
    await made(Town(database), midnight + timedelta(hours=1), 7200, 7200)
    async with database.read() as session:
        before, today = await stats.days(session, GUILD, 2, midnight + timedelta(hours=2))
    assert (before.busy, today.busy) == (3600 / 86400, 0.5)


async def test_cases_count_on_the_day_they_were_opened(database: Database) -> None:
    yesterday = NOON - timedelta(days=1)
    async with database.write() as session:
        upheld = await flags.add(session, noticed(guild_id=GUILD), yesterday)
        again = await flags.add(session, noticed(guild_id=GUILD), yesterday)
        report = noticed(guild_id=GUILD, stage="report", category=None)
        harmless = await flags.add(session, report, NOON)
        await flags.add(session, noticed(guild_id=3), NOON)
        await flags.add(session, noticed(guild_id=GUILD), NOON - timedelta(days=2))
        for flag in (upheld, again):
            await cases.decide(session, flag, 7, CaseState.upheld, "", NOON)
        await cases.decide(session, harmless, 7, CaseState.overturned, "", NOON)
        await cases.appeal(session, again, again.user_id, "", NOON)
    async with database.read() as session:
        before, today = await stats.cases(session, GUILD, 2, NOON)
    assert (before.date, today.date) == (date(2026, 3, 9), date(2026, 3, 10))
    assert (before.stages, before.categories) == ({"prompt": 2}, {"violence": 2})
    assert before.states == {CaseState.upheld: 1, CaseState.open: 1}
    assert (before.waits, today.waits) == ([86400.0], [0.0]), "an appealed case waits again"
    assert (today.stages, today.categories) == ({"report": 1}, {"": 1})
    assert today.states == {CaseState.overturned: 1}


def test_covered() -> None:
    def span(start: int, end: int) -> tuple[datetime, datetime]:
        return NOON + timedelta(seconds=start), NOON + timedelta(seconds=end)

    assert stats.covered([]) == 0
    assert stats.covered([span(0, 10), span(2, 5), span(8, 12), span(20, 21)]) == 13
