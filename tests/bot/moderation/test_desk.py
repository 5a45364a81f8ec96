"""The moderators' channel: new cases, and what becomes of them."""

from simcord.results import InteractionResult

from bot.moderation.desk import Desk
from db import guilds
from tests.bot.moderation.casework import REFUSED, case, fill, open_card, said
from tests.bot.studio import Studio, text_of


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
