"""A server's moderators see its flags, newest first, page by page."""

from db import flags
from db.engine import Database
from tests.db.town import NOW


async def add(database: Database, prompt: str, guild: int | None = 2) -> None:
    async with database.write() as session:
        await flags.add(
            session,
            user_id=1,
            guild_id=guild,
            channel_id=3,
            stage="prompt",
            category="violence",
            rule="weapons",
            span=(2, 5),
            prompt=prompt,
            action="block",
            now=NOW,
        )


async def latest(database: Database, guild: int | None, limit: int, before: int | None = None):
    async with database.read() as session:
        return await flags.latest(session, guild, limit, before)


async def test_pages(database: Database):
    for prompt in "abcde":
        await add(database, prompt)
    first = await latest(database, 2, 2)
    assert [flag.prompt for flag in first] == ["e", "d"]
    second = await latest(database, 2, 2, first[-1].id)
    assert [flag.prompt for flag in second] == ["c", "b"]
    assert [flag.prompt for flag in await latest(database, 2, 2, second[-1].id)] == ["a"]


async def test_servers_do_not_see_each_other(database: Database):
    await add(database, "here", guild=2)
    await add(database, "there", guild=3)
    await add(database, "nowhere", guild=None)
    assert [flag.prompt for flag in await latest(database, 2, 9)] == ["here"]
    assert [flag.prompt for flag in await latest(database, None, 9)] == ["nowhere"]


async def test_a_flag_keeps_the_verdict(database: Database):
    await add(database, "a sword")
    [flag] = await latest(database, 2, 9)
    assert (flag.category, flag.rule, flag.span, flag.action) == (
        "violence", "weapons", [2, 5], "block",
    )  # fmt: skip
    assert flag.created_at == NOW
