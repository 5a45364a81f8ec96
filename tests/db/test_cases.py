"""Moderators decide cases: in turn, never on themselves, and every deed stays on record."""

import asyncio
from datetime import datetime, timedelta

import pytest

from db import blocks, cases, flags, guilds
from db.cases import (
    AlreadyAppealed,
    AlreadyDecided,
    CaseChanged,
    CaseClaimed,
    CaseGone,
    ClaimedAlready,
    NothingToAppeal,
    NotYourCase,
    OwnAppeal,
    OwnCase,
)
from db.engine import Database
from db.flag_tables import CaseState, Deed, Flag
from tests.db.test_flags import add
from tests.db.town import NOW

MEMBER, ANN, BEN = 1, 7, 8


@pytest.fixture
async def case(database: Database) -> int:
    return (await add(database)).id


async def do(database: Database, deed: str, case: int, *args: object, at: datetime = NOW) -> Flag:
    """One deed on a case as it is now."""
    async with database.write() as session:
        flag = await cases.of_guild(session, case, 2)
        await getattr(cases, deed)(session, flag, *args, at)
        return flag


async def deeds(database: Database, case: int) -> list[tuple[Deed, int | None]]:
    async with database.read() as session:
        return [(entry.deed, entry.actor_id) for entry in await cases.history(session, case)]


async def test_claimed_then_upheld(database: Database, case: int) -> None:
    await do(database, "claim", case, ANN, None)
    flag = await do(database, "decide", case, ANN, CaseState.upheld, "clear")
    assert (flag.state, flag.handler_id, flag.decided_by) == (CaseState.upheld, ANN, ANN)
    assert flag.decided_at == NOW
    assert await deeds(database, case) == [(Deed.claimed, ANN), (Deed.upheld, ANN)]


async def test_a_case_is_for_its_server_alone(database: Database, case: int) -> None:
    async with database.read() as session:
        for number, guild in ((case, 3), (case + 1, 2)):
            with pytest.raises(CaseGone):
                await cases.of_guild(session, number, guild)


async def test_a_claim_is_taken_over_only_knowingly(database: Database, case: int) -> None:
    await do(database, "claim", case, ANN, None)
    with pytest.raises(CaseChanged):
        await do(database, "claim", case, BEN, None)
    with pytest.raises(CaseClaimed):
        await do(database, "decide", case, BEN, CaseState.upheld, "")
    with pytest.raises(ClaimedAlready):
        await do(database, "claim", case, ANN, ANN)
    assert (await do(database, "claim", case, BEN, ANN)).handler_id == BEN


async def test_of_two_moderators_at_once_one_is_told(database: Database, case: int) -> None:
    async def claim(actor: int) -> str:
        try:
            await do(database, "claim", case, actor, None)
        except CaseChanged:
            return "late"
        return "claimed"

    said = await asyncio.gather(*(claim(actor) for actor in (ANN, BEN)))
    assert sorted(said) == ["claimed", "late"]
    assert len(await deeds(database, case)) == 1


async def test_nobody_judges_themself(database: Database, case: int) -> None:
    for deed, *args in (("claim", MEMBER, None), ("decide", MEMBER, CaseState.overturned, "")):
        with pytest.raises(OwnCase):
            await do(database, deed, case, *args)
    assert await deeds(database, case) == []


async def test_twice_the_same_decision_is_one(database: Database, case: int) -> None:
    await do(database, "decide", case, ANN, CaseState.upheld, "")
    with pytest.raises(AlreadyDecided):
        await do(database, "decide", case, ANN, CaseState.upheld, "")
    with pytest.raises(AlreadyDecided):
        await do(database, "claim", case, BEN, ANN)
    await do(database, "decide", case, BEN, CaseState.overturned, "it is a costume")
    assert await deeds(database, case) == [(Deed.upheld, ANN), (Deed.overturned, BEN)]


async def test_an_appeal_goes_to_another_moderator_where_there_is_one(
    database: Database, case: int
) -> None:
    await do(database, "decide", case, ANN, CaseState.upheld, "")
    flag = await do(database, "appeal", case, MEMBER, "it is a toy")
    assert (flag.state, flag.handler_id, flag.decided_by) == (CaseState.open, None, ANN)

    other = (await add(database)).id
    await do(database, "claim", other, BEN, None)
    with pytest.raises(OwnAppeal):
        await do(database, "claim", case, ANN, None)
    with pytest.raises(OwnAppeal):
        await do(database, "decide", case, ANN, CaseState.upheld, "")
    with pytest.raises(OwnAppeal):
        await do(database, "decide", case, ANN, CaseState.upheld, "", at=NOW + cases.ACTIVE / 2)
    await do(database, "decide", case, BEN, CaseState.overturned, "")


async def test_a_moderator_who_left_long_ago_is_not_waited_for(
    database: Database, case: int
) -> None:
    await do(database, "claim", (await add(database)).id, BEN, None)
    await do(database, "decide", case, ANN, CaseState.upheld, "")
    await do(database, "appeal", case, MEMBER, "it is a toy")
    await do(database, "decide", case, ANN, CaseState.overturned, "", at=NOW + cases.ACTIVE)


async def test_a_lonely_moderator_hears_appeals_too(database: Database, case: int) -> None:
    await do(database, "decide", case, ANN, CaseState.upheld, "")
    await do(database, "appeal", case, MEMBER, "please")
    await do(database, "decide", case, ANN, CaseState.overturned, "")


async def test_appeals_are_the_members_own_and_one(database: Database, case: int) -> None:
    with pytest.raises(NotYourCase):
        await do(database, "appeal", case, BEN, "let them")
    await do(database, "appeal", case, MEMBER, "please")
    with pytest.raises(AlreadyAppealed):
        await do(database, "appeal", case, MEMBER, "please!")
    other = (await add(database)).id
    await do(database, "decide", other, ANN, CaseState.overturned, "")
    with pytest.raises(NothingToAppeal):
        await do(database, "appeal", other, MEMBER, "hm")


async def test_blocks_end_by_themselves_or_are_lifted(database: Database, case: int) -> None:
    async def block(hours: float | None, **more: int | None) -> None:
        length = None if hours is None else timedelta(hours=hours)
        await blocks.add(session, user_id=1, guild_id=2, reason="", length=length, now=NOW, **more)

    async with database.write() as session:
        await block(1)
        await block(5, flag_id=case)
        long = await blocks.active(session, 1, 2, NOW)
        assert long is not None and long.until == NOW + timedelta(hours=5)
        assert await blocks.active(session, 1, 3, NOW) is None
        assert await blocks.active(session, 1, 2, NOW + timedelta(hours=5)) is None
        assert await blocks.lift_of_case(session, case, ANN, NOW) == [case]
        short = await blocks.active(session, 1, 2, NOW)
        assert short is not None and short.until == NOW + timedelta(hours=1)
        await block(None)
        forever = await blocks.active(session, 1, 2, NOW + timedelta(days=9999))
        assert forever is not None and forever.until is None
        assert len(await blocks.lift(session, 1, 2, ANN, NOW)) == 2
        assert await blocks.active(session, 1, 2, NOW) is None
        assert len(await blocks.of_user(session, 1, 2)) == 3


async def test_a_prompt_passes_only_where_it_was_allowed(database: Database, case: int) -> None:
    async with database.write() as session:
        for _ in range(2):
            await guilds.allow(session, 2, "a toy sword", flag_id=case, actor_id=ANN, now=NOW)
        assert await guilds.is_allowed(session, 2, "a toy sword")
        assert not await guilds.is_allowed(session, 2, "a sword")
        assert not await guilds.is_allowed(session, 3, "a toy sword")
        assert not await guilds.is_allowed(session, None, "a toy sword")


async def test_a_mod_channel_is_set_and_taken_back(database: Database) -> None:
    async with database.write() as session:
        await guilds.choose(session, 2, mod_channel_id=9)
        [guild] = await guilds.chosen(session)
        assert (guild.id, guild.mod_channel_id) == (2, 9)
        await guilds.choose(session, 2, mod_channel_id=None)
        assert await guilds.chosen(session) == []


async def test_warnings_are_found_by_member(database: Database, case: int) -> None:
    async with database.write() as session:
        flag = await flags.get(session, case)
        assert flag is not None
        await cases.note(session, flag, ANN, Deed.warned, "no more", NOW)
        [warning] = await cases.about(session, MEMBER, 2, Deed.warned)
        assert warning.text == "no more"
        assert await cases.about(session, BEN, 2, Deed.warned) == []
