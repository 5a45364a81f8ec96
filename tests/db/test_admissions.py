"""Who waits, who is in, and what a member accepted."""

from datetime import timedelta

from db import admissions, guilds, letters
from db.engine import Database, utcnow
from db.flag_tables import Access

GUILD, MODERATOR = 1, 9
NOW = utcnow()


async def test_all_are_in_while_the_server_is_open(database: Database) -> None:
    async with database.read() as session:
        assert await admissions.barrier(session, GUILD, 5) is None
        assert await admissions.barrier(session, None, 5) is None


async def test_who_waits_longest_is_first_and_joining_again_changes_nothing(
    database: Database,
) -> None:
    async with database.write() as session:
        await guilds.choose(session, GUILD, access=Access.waitlist)
        for minute, member in enumerate((7, 5, 6, 7)):
            await admissions.join(session, GUILD, member, NOW + timedelta(minutes=minute))
        await admissions.join(session, 2, 8, NOW)
    async with database.write() as session:
        assert await admissions.waiting(session, GUILD, 10) == [7, 5, 6]
        last = await admissions.join(session, GUILD, 6, NOW)
        assert await admissions.ahead_of(session, last) == 2
        assert await admissions.barrier(session, GUILD, 7) is Access.waitlist


async def test_letting_in_counts_only_who_is_new(database: Database) -> None:
    async with database.write() as session:
        await guilds.choose(session, GUILD, access=Access.testers)
        await admissions.join(session, GUILD, 5, NOW)
        assert await admissions.admit(session, GUILD, [5, 6], MODERATOR, NOW) == [5, 6]
        assert await admissions.admit(session, GUILD, [6, 5, 7], MODERATOR, NOW) == [7]
        assert await admissions.counts(session, GUILD) == (0, 3)
        assert await admissions.barrier(session, GUILD, 6) is None
        assert await admissions.barrier(session, 2, 6) is None


async def test_a_wish_is_its_members_own_and_kept_for_a_day(database: Database) -> None:
    async with database.write() as session:
        wish = await admissions.keep_wish(
            session, 5, "click", "/imagine", {"prompt": "a red cube"}, NOW
        )
        assert await admissions.wish_of(session, wish.id, 5, NOW) is wish
        assert await admissions.wish_of(session, wish.id, 6, NOW) is None
        late = NOW + admissions.KEPT
        assert await admissions.wish_of(session, wish.id, 5, late) is None
        assert await admissions.drop_wishes(session, late - timedelta(seconds=1)) == 0
        assert await admissions.drop_wishes(session, late) == 1


async def test_accepting_twice_is_accepting_once(database: Database) -> None:
    async with database.write() as session:
        assert not await admissions.has_accepted(session, 5)
        await admissions.accept(session, 5, NOW)
        await admissions.accept(session, 5, NOW)
        assert await admissions.has_accepted(session, 5)


async def test_a_letter_that_was_sent_is_not_kept(database: Database) -> None:
    async with database.write() as session:
        await letters.write(session, 5, "come in", NOW)
        await letters.write(session, None, "to the host", NOW)
        first, second = await letters.unsent(session, 10)
        await letters.mark_sent(session, first.id, NOW)
    async with database.read() as session:
        assert [letter.id for letter in await letters.unsent(session, 10)] == [second.id]
        assert (await session.get_one(type(first), first.id)).text == ""
