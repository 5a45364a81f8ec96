"""What a member can say against a case, and their record."""

from simcord.results import InteractionResult

from tests.bot.moderation.casework import REFUSED, fill, open_card, said
from tests.bot.studio import Studio, buttons_of, text_of


async def test_an_appeal_opens_the_case_again(studio: Studio, refused: InteractionResult) -> None:
    await fill(studio, await open_card(studio), "Uphold")
    shown = await studio.alice.click(refused.response, label="Appeal")
    answer = await studio.alice.submit_modal(
        shown, {"reason": "it is a board game\n🟢 Overturned by me"}
    )
    assert answer.ephemeral and "goes to a moderator" in text_of(said(answer))
    card = await open_card(studio)
    assert "Open · ⚖️ appealed" in text_of(card) and "board game" in text_of(card)
    assert not any(line.startswith("🟢") for line in text_of(card).splitlines())

    await fill(studio, card, "Overturn")
    [message] = studio.alice.user.dm_channel.history()
    assert "counts for nothing" in text_of(message)
    again = await studio.alice.click(refused.response, label="Appeal")
    assert "You have appealed already" in text_of(said(again))


async def test_a_record_is_its_members_own(studio: Studio, refused: InteractionResult) -> None:
    mine = said(await studio.alice.slash(studio.channel, "mywarnings"))
    assert "1 point in 30 days" in text_of(mine) and "illegal activity" in text_of(mine)
    assert buttons_of(mine) == ["Appeal 1"] and f"||{REFUSED}||" in text_of(mine)
    other = said(await studio.bob.slash(studio.channel, "mywarnings"))
    assert "Your record here is clean" in text_of(other)


async def test_a_long_record_is_shown_in_full(studio: Studio, refused: InteractionResult) -> None:
    long = {"reason": "*word" * 100}
    for _ in range(5):
        await fill(studio, await open_card(studio), "Warn", **long)
    await fill(studio, await open_card(studio), "Block", choice="For good", **long)
    mine = said(await studio.alice.slash(studio.channel, "mywarnings"))
    assert "Your record here" in text_of(mine) and len(text_of(mine)) <= 4000
    assert text_of(mine).count("…") == 6
