"""The moderators' channel: new cases, and what becomes of them."""

import pytest
from simcord.builders import ChannelHandle
from simcord.results import InteractionResult

from bot.moderation import desk as desk_module
from bot.moderation.desk import Desk
from db import flags, guilds
from tests.bot.moderation.casework import PASSED, REFUSED, case, fill, open_card, said
from tests.bot.studio import Studio, pictures_of, text_of


async def test_the_channel_shows_new_cases_and_what_becomes_of_them(
    studio: Studio, refused: InteractionResult
) -> None:
    room = studio.guild.create_text_channel("mods")
    result = await studio.moderator.slash(studio.channel, "mod channel", channel=room)
    assert f"New cases come to <#{room.id}>" in text_of(said(result))
    desk = Desk(studio.bot, studio.services)
    for _ in range(2):
        await desk.post_once()
    [posted] = room.history()
    assert "Case 1" in text_of(posted)

    await studio.imagine(REFUSED)
    await desk.post_once()
    [posted] = room.history()
    assert "2 tries" in text_of(posted)

    await studio.restart()
    await studio.moderator.click(posted, label="Claim")
    assert "Handled by" in text_of(room.history()[0])
    await fill(studio, await open_card(studio), "Uphold")
    assert "Upheld by" in text_of(room.history()[0])


async def test_a_channel_that_is_gone_stops_nothing(
    studio: Studio, refused: InteractionResult
) -> None:
    async with studio.services.database.write() as session:
        await guilds.choose(session, studio.guild.id, mod_channel_id=12345)
    await Desk(studio.bot, studio.services).post_once()
    assert (await case(studio)).posted_at is not None


async def test_an_old_card_that_takes_no_edit_is_posted_anew(
    studio: Studio, refused: InteractionResult
) -> None:
    room, desk = await opened(studio)
    await studio.imagine(REFUSED)
    studio.env.inject_error("PATCH", "/channels/*/messages/*", status=400, code=30046)
    await desk.post_once()
    old, new = room.history()
    assert "2 tries" not in text_of(old) and "2 tries" in text_of(new)
    assert (await case(studio)).card_message_id == new.id


@pytest.mark.parametrize("status", [400, 503])
async def test_a_card_that_fails_leaves_the_others_alone(
    studio: Studio, refused: InteractionResult, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even where it is all that a look takes up."""
    monkeypatch.setattr(desk_module, "BATCH", 1)
    await studio.imagine("quite another contraband")
    studio.env.inject_error("POST", "/channels/*/messages", status=status, times=1)
    room, desk = await opened(studio)
    await desk.post_once()
    [card] = room.history()
    assert "Case 2" in text_of(card)
    studio.clock.advance(61)
    await desk.post_once()
    shown = [text_of(card) for card in room.history()]
    assert any("Case 1" in text for text in shown) is (status == 503)


async def test_a_card_whose_evidence_was_lost_is_shown_without(studio: Studio) -> None:
    await studio.finished(PASSED)
    async with studio.services.database.write() as session:
        await flags.set_evidence(session, 1, "evidence/lost.webp")
    room, _ = await opened(studio)
    [card] = room.history()
    assert "Case 1" in text_of(card) and pictures_of(card) == []


async def opened(studio: Studio) -> tuple[ChannelHandle, Desk]:
    """A moderators' channel, and the desk after its first look."""
    room = studio.guild.create_text_channel("mods")
    async with studio.services.database.write() as session:
        await guilds.choose(session, studio.guild.id, mod_channel_id=room.id)
    desk = Desk(studio.bot, studio.services)
    await desk.post_once()
    return room, desk
