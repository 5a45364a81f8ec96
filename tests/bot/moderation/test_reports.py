"""Members report pictures, and the report is a case like any other."""

from db import guilds
from db.flag_tables import Deed
from tests.bot.moderation.casework import case, deeds, fill, open_card, said
from tests.bot.studio import Studio, pictures_of, text_of


async def test_a_picture_is_reported_from_its_menu(studio: Studio) -> None:
    message = await studio.finished("a red cube")
    shown = await studio.bob.context_menu(studio.channel, "Report picture", message)
    answer = await studio.bob.submit_modal(shown, {"reason": "it shows *my* house"})
    assert answer.ephemeral and "moderators see it now" in text_of(said(answer))

    flag = await case(studio)
    assert (flag.stage, flag.user_id, flag.job_id) == ("report", studio.alice.id, 1)
    card = await open_card(studio)
    text = text_of(card)
    assert "Case 1 · reported by a member" in text
    assert r"📣 A report: *it shows \*my\* house*" in text
    assert "||a red cube||" in text and len(pictures_of(card)) == 1
    mine = text_of(said(await studio.alice.slash(studio.channel, "mywarnings")))
    assert str(studio.bob.id) not in mine and "my house" not in mine


async def test_reports_of_one_request_are_one_case_and_each_member_has_one(studio: Studio) -> None:
    await studio.finished("a red cube")
    for member in (studio.bob, studio.moderator):
        shown = await member.slash(studio.channel, "report", number=1)
        await member.submit_modal(shown, {"reason": "hm"})
    shown = await studio.bob.slash(studio.channel, "report", number=1)
    again = await studio.bob.submit_modal(shown, {"reason": "hm!"})
    assert "You have reported that already" in text_of(said(again))
    assert await deeds(studio) == [(Deed.reported, "hm"), (Deed.reported, "hm")]

    await fill(studio, await open_card(studio), "Overturn")
    shown = await studio.alice.slash(studio.channel, "report", number=1)
    await studio.alice.submit_modal(shown, {"reason": "I was wrong to make it"})
    assert (await case(studio, 2)).stage == "report"


async def test_only_pictures_of_this_server_are_reported(studio: Studio) -> None:
    for number in (1, 99):
        answer = await studio.bob.slash(studio.channel, "report", number=number)
        assert "no picture of mine" in text_of(said(answer))
    words = await studio.imagine("a red cube")
    answer = await studio.bob.context_menu(
        studio.channel, "Report picture", studio.message(words.response.id)
    )
    assert "no picture of mine" in text_of(said(answer))


async def test_where_buttons_are_for_owners_only_anybody_reports(studio: Studio) -> None:
    message = await studio.finished("a red cube")
    async with studio.services.database.write() as session:
        await guilds.choose(session, studio.guild.id, owner_only=True)
    for ask in (
        studio.bob.context_menu(studio.channel, "Report picture", message),
        studio.bob.slash(studio.channel, "report", number=1),
    ):
        assert (await ask).modal is not None


async def test_private_pictures_are_not_there_to_report(studio: Studio) -> None:
    await studio.imagine("a red cube", private=True)
    answer = await studio.bob.slash(studio.channel, "report", number=1)
    assert "no picture of mine" in text_of(said(answer))


async def test_next_goes_through_all_that_is_open(studio: Studio) -> None:
    for words in ("contraband one", "quite another contraband", "some third thing of contraband"):
        await studio.imagine(words)
    card = await open_card(studio, 3)
    await studio.moderator.click(card, label="Next")
    assert "Case 2 " in text_of(card)
    await fill(studio, await open_card(studio, 1), "Uphold")
    await studio.moderator.click(card, label="Next")
    assert "Case 3 " in text_of(card)
    await fill(studio, await open_card(studio, 2), "Uphold")
    done = await studio.moderator.click(card, label="Next")
    assert "No other case waits" in text_of(said(done))
