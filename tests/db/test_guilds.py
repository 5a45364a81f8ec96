"""What is chosen for a server, and what a member's roles come to."""

from db import guilds
from db.engine import Database
from db.flag_tables import Guild, Spoilers
from db.guilds import Rights
from db.tables import Operation

GUILD, EVERYONE, NEWCOMERS, PATRONS = 1, 1, 2, 3
SLOW = Rights(weight=0.5, concurrent=1, cooldown=60, operations=frozenset({Operation.variation}))


async def test_choices_are_kept_one_by_one(database: Database) -> None:
    async with database.read() as session:
        first = await guilds.get(session, GUILD)
    assert (first.channels, first.spoilers, first.owner_only) == ([], Spoilers.never, False)

    async with database.write() as session:
        await guilds.choose(session, GUILD, channels=[7, 8], owner_only=True)
    async with database.write() as session:
        await guilds.choose(session, GUILD, spoilers=Spoilers.flagged)
    async with database.read() as session:
        kept = await guilds.get(session, GUILD)
    assert (kept.channels, kept.spoilers, kept.owner_only) == ([7, 8], Spoilers.flagged, True)


async def test_without_a_word_about_roles_all_is_allowed(database: Database) -> None:
    async with database.read() as session:
        assert await guilds.rights(session, GUILD, [NEWCOMERS]) == Rights()
        assert await guilds.rights(session, None, [NEWCOMERS]) == Rights()


async def test_what_holds_for_all_holds_for_who_has_no_other_role(database: Database) -> None:
    patron = Rights(weight=3.0)
    async with database.write() as session:
        await guilds.set_role(session, GUILD, EVERYONE, SLOW)
        await guilds.set_role(session, GUILD, PATRONS, patron)
        assert await guilds.rights(session, GUILD, []) == SLOW
        assert await guilds.rights(session, GUILD, [EVERYONE, 99]) == SLOW
        assert await guilds.rights(session, GUILD, [EVERYONE, PATRONS]) == patron
        assert await guilds.rights(session, 2, [PATRONS]) == Rights()


async def test_of_several_roles_the_best_of_each_holds(database: Database) -> None:
    other = Rights(2.0, 3, 10, frozenset({Operation.inpaint}))
    async with database.write() as session:
        await guilds.set_role(session, GUILD, NEWCOMERS, SLOW)
        await guilds.set_role(session, GUILD, PATRONS, other)
        both = await guilds.rights(session, GUILD, [NEWCOMERS, PATRONS])
        assert both == Rights(2.0, 3, 10, frozenset({Operation.inpaint, Operation.variation}))

        await guilds.set_role(session, GUILD, PATRONS, Rights(weight=0.1))
        both = await guilds.rights(session, GUILD, [NEWCOMERS, PATRONS])
        assert both == Rights(weight=0.5)


async def test_what_everybody_may_is_not_kept(database: Database) -> None:
    async with database.write() as session:
        await guilds.set_role(session, GUILD, NEWCOMERS, SLOW)
        [row] = await guilds.roles(session, GUILD)
        assert (row.role_id, row.operations) == (NEWCOMERS, ["variation"])
        await guilds.set_role(session, GUILD, NEWCOMERS, Rights())
        assert await guilds.roles(session, GUILD) == []


async def test_a_server_that_chose_nothing_is_as_one_that_did(database: Database) -> None:
    """What is not in the database yet has the columns' own defaults."""
    async with database.write() as session:
        fresh = await guilds.get(session, 77)
        told = {column.key: getattr(fresh, column.key) for column in Guild.__table__.columns}
        saved = await guilds.choose(session, 77)
        assert told == {name: getattr(saved, name) for name in told}
