"""A server's moderators see its flags, newest first, page by page, and find among them."""

from datetime import timedelta
from typing import Any

from db import cases, flags
from db.engine import Database
from db.flag_tables import CaseState, Flag
from db.flags import NewFlag, Search, Standing
from tests.db.town import NOW

EVERYTHING = Search()


def noticed(prompt: str = "a sword", guild: int | None = 2, **more: Any) -> NewFlag:
    named = {
        "user_id": 1,
        "guild_id": guild,
        "channel_id": 3,
        "stage": "prompt",
        "category": "violence",
        "rule": "weapons",
        "span": (2, 5),
        "prompt": prompt,
        "action": "block",
        "points": 2,
    }
    return NewFlag(**(named | more))


async def add(database: Database, *args: Any, ago: timedelta = timedelta(), **more: Any) -> Flag:
    async with database.write() as session:
        return await flags.add(session, noticed(*args, **more), NOW - ago)


async def find(
    database: Database, guild: int, search: Search = EVERYTHING, limit: int = 9, **more: Any
) -> list[Flag]:
    async with database.read() as session:
        found = await flags.find(session, guild, search, limit, **more)
        if len(found) < limit and not more:
            assert await flags.count(session, guild, search) == len(found)
        return found


async def test_pages(database: Database) -> None:
    for prompt in "abcde":
        await add(database, prompt)
    first = await find(database, 2, limit=2)
    assert [flag.prompt for flag in first] == ["e", "d"]
    second = await find(database, 2, limit=2, before_id=first[-1].id)
    assert [flag.prompt for flag in second] == ["c", "b"]
    last = await find(database, 2, limit=2, before_id=second[-1].id)
    assert [flag.prompt for flag in last] == ["a"]


async def test_servers_do_not_see_each_other(database: Database) -> None:
    await add(database, "here", guild=2)
    await add(database, "there", guild=3)
    await add(database, "nowhere", guild=None)
    assert [flag.prompt for flag in await find(database, 2)] == ["here"]


async def test_a_flag_keeps_the_verdict(database: Database) -> None:
    await add(database, "a sword", scores={"face": 0.5})
    [flag] = await find(database, 2)
    assert (flag.category, flag.rule, flag.span, flag.action) == (
        "violence", "weapons", [2, 5], "block",
    )  # fmt: skip
    assert (flag.created_at, flag.state, flag.scores) == (NOW, CaseState.open, {"face": 0.5})


async def test_finds_by_member_category_age_state_and_words(database: Database) -> None:
    await add(database, "an old 100% sword", ago=timedelta(days=3))
    await add(database, "A Red Gun", user_id=5)
    await add(database, "spam", category="spam")

    async def found(**wanted: Any) -> list[str]:
        return [flag.prompt for flag in await find(database, 2, Search(**wanted))]

    assert await found(user_id=5) == ["A Red Gun"]
    assert await found(category="spam") == ["spam"]
    assert await found(since=NOW - timedelta(days=1)) == ["spam", "A Red Gun"]
    assert await found(states=[CaseState.upheld]) == []
    assert await found(words="red g") == ["A Red Gun"]
    assert await found(words="100%") == ["an old 100% sword"]
    assert await found(words="_") == []


async def test_a_standing_forgets_what_is_old_or_overturned(database: Database) -> None:
    await add(database, ago=timedelta(days=31), points=9)
    await add(database, guild=3, points=9)
    harmless = await add(database, points=9)
    upheld, open_ = await add(database, points=4), await add(database)
    async with database.write() as session:
        for flag, verdict in ((harmless, CaseState.overturned), (upheld, CaseState.upheld)):
            await cases.decide(session, await session.merge(flag), 7, verdict, "", NOW)
        await flags.add_again(session, open_, noticed("a SWORD"), 3, NOW)
        standing = await flags.standing(session, 1, 2, NOW - timedelta(days=30))
    assert standing == Standing(cases=2, upheld=1, points=4 + 2 + 3)


async def test_another_try_is_counted_in_the_open_case(database: Database) -> None:
    flag = await add(database)
    async with database.write() as session:
        [open_] = await flags.kept(session, 1, 2, NOW - timedelta(days=1))
        await flags.add_again(session, open_, noticed("a sw0rd"), 3, NOW)
        history = await cases.history(session, flag.id)
    [shown] = await find(database, 2)
    assert shown.tries == 2
    assert [entry.text for entry in history] == ["a sw0rd"]


async def test_each_card_is_posted_once_where_there_is_a_channel(database: Database) -> None:
    first, _ = await add(database), await add(database, guild=3)
    async with database.write() as session:
        assert await flags.to_post(session, [], [], 9) == []
        [due] = await flags.to_post(session, [2], [], 9)
        assert due.id == first.id
        await flags.mark_posted(session, due.id, 4, 5, NOW)
    async with database.read() as session:
        assert await flags.to_post(session, [2], [], 9) == []
