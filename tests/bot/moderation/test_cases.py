"""A case from the refusal to its end: its card, its buttons and forms."""

from datetime import timedelta

from simcord.results import InteractionResult

from bot.moderation.desk import Desk
from db import cases, guilds
from db.flag_tables import CaseState, Deed
from db.standing import STEPS
from tests.bot.moderation.casework import (
    REFUSED,
    case,
    deeds,
    fill,
    open_card,
    said,
    second_moderator,
)
from tests.bot.studio import Studio, buttons_of, text_of


async def test_the_notice_is_for_its_member_alone_and_never_says_the_word(
    studio: Studio, refused: InteractionResult
) -> None:
    text = text_of(refused.response)
    assert refused.ephemeral
    assert "illegal activity" in text and "Nothing was charged" in text
    assert "contraband" not in text
    assert buttons_of(refused.response) == ["Appeal"]
    assert studio.channel.history() == []


async def test_the_card_says_all_in_one_look(studio: Studio, refused: InteractionResult) -> None:
    card = await open_card(studio)
    text = text_of(card)
    assert "Case 1 · illegal activity · refused" in text and "Open" in text
    assert f"<@{studio.alice.id}>" in text and "account made" in text and "first case" in text
    assert f"<#{studio.channel.id}> · /imagine" in text
    assert "||a crate of __**contraband**__||" in text
    assert "`illegal.contraband` v1: is about goods" in text
    assert "Nothing was charged." in text
    assert buttons_of(card) == [
        "Claim", "Uphold", "Overturn", "Note", "Next", "Warn", "Block", "Time out",
    ]  # fmt: skip


async def test_a_card_holds_whatever_was_written(studio: Studio) -> None:
    """Discord takes 4,000 characters of text; what is left out is counted."""
    stars = "*" * 500
    await studio.imagine(f"{stars[:480]}contraband{stars[:480]}")
    async with studio.services.database.write() as session:
        flag = await cases.of_guild(session, 1, studio.guild.id)
        for deed in [Deed.reported] * 12 + [Deed.noted] * 12:
            await cases.note(session, flag, studio.bob.id, deed, stars, studio.clock())
    card = await open_card(studio)
    assert len(text_of(card)) <= 4000 and "before" in text_of(card)

    await fill(studio, card, "Note", reason="word " * 50 + "end")
    assert "word end" in text_of(card)


async def test_claimed_then_upheld(studio: Studio, refused: InteractionResult) -> None:
    card = await open_card(studio)
    await studio.moderator.click(card, label="Claim")
    assert f"Handled by <@{studio.moderator.id}>" in text_of(card)
    await fill(studio, card, "Uphold", reason="clear *case*")
    assert "Upheld by" in text_of(card) and r"clear \*case\*" in text_of(card)
    assert "Claim" not in buttons_of(card) and "Uphold" not in buttons_of(card)
    assert (await case(studio)).state == CaseState.upheld


async def test_the_second_of_two_moderators_is_told(
    studio: Studio, refused: InteractionResult
) -> None:
    other = second_moderator(studio)
    mine, theirs = await open_card(studio), await open_card(studio, by=other)
    await studio.moderator.click(mine, label="Claim")

    late = await other.click(theirs, label="Claim")
    assert "Somebody else was faster" in text_of(said(late))
    again = await studio.moderator.click(mine, label="Take over")
    assert "You have this case already" in text_of(said(again))
    busy = await other.click(theirs, label="Uphold")
    assert "Another moderator has claimed this case" in text_of(said(busy))
    theirs = await open_card(studio, by=other)
    await other.click(theirs, label="Take over")
    assert (await case(studio)).handler_id == other.id


async def test_a_form_that_lay_open_too_long_changes_nothing(
    studio: Studio, refused: InteractionResult
) -> None:
    other = second_moderator(studio)
    card = await open_card(studio)
    form = await studio.moderator.click(card, label="Uphold")
    await other.click(await open_card(studio, by=other), label="Claim")
    late = await studio.moderator.submit_modal(form, {"reason": ""})
    assert "Somebody else was faster" in text_of(said(late))
    assert (await case(studio)).state == CaseState.claimed


async def test_of_two_forms_at_once_the_second_decides_nothing(
    studio: Studio, refused: InteractionResult
) -> None:
    other = second_moderator(studio)
    card, theirs = await open_card(studio), await open_card(studio, by=other)
    forms = (
        await studio.moderator.click(card, label="Uphold"),
        await other.click(theirs, label="Overturn"),
    )
    await studio.moderator.submit_modal(forms[0], {"reason": "clear"})
    late = await other.submit_modal(forms[1], {"reason": "harmless", "tick": True})
    assert "Somebody else was faster" in text_of(said(late))
    assert await deeds(studio) == [(Deed.upheld, "clear")]


async def test_overturned_the_prompt_may_pass_from_now_on(
    studio: Studio, refused: InteractionResult
) -> None:
    card = await open_card(studio)
    await fill(studio, card, "Overturn", reason="a play", tick=True)
    assert "Overturned by" in text_of(card) and "let it pass" in text_of(card)

    assert not (await studio.imagine(REFUSED.upper())).ephemeral
    assert (await studio.imagine("some contraband, too")).ephemeral
    assert [deed for deed, _ in await deeds(studio)] == [Deed.overturned, Deed.allowed]


async def test_overturned_without_the_tick_only_this_once(
    studio: Studio, refused: InteractionResult
) -> None:
    await fill(studio, await open_card(studio), "Overturn")
    assert (await studio.imagine(REFUSED)).ephemeral


async def test_nobody_handles_a_case_of_their_own(studio: Studio) -> None:
    await studio.imagine(REFUSED, member=studio.moderator)
    card = await open_card(studio)
    for label in ("Claim", "Uphold", "Overturn", "Note", "Warn", "Block", "Time out"):
        result = await studio.moderator.click(card, label=label)
        assert "This case is about you" in text_of(said(result)), label
    assert await deeds(studio) == []


async def test_buttons_are_for_moderators_alone(studio: Studio, refused: InteractionResult) -> None:
    async with studio.services.database.write() as session:
        await guilds.choose(session, studio.guild.id, mod_channel_id=studio.channel.id)
    await Desk(studio.bot, studio.services).post_once()
    [card] = studio.channel.history()
    for label in buttons_of(card):
        result = await studio.bob.click(card, label=label)
        assert "Only members who may manage messages" in text_of(said(result)), label
    assert await deeds(studio) == []


async def test_tries_of_the_same_are_one_case_and_weigh_heavily(studio: Studio) -> None:
    answers = [await studio.imagine(REFUSED + "!" * number) for number in range(4)]
    told = ["you can't use this bot here until" in text_of(said(answer)) for answer in answers]
    assert told == [False, False, False, True]
    flag = await case(studio)
    assert (flag.tries, flag.points) == (4, 1 + 3 * 3)
    held = await studio.imagine("a red cube")
    assert "You can't use this bot here until" in text_of(held.response)
    assert buttons_of(held.response) == ["Appeal"]
    text = text_of(await open_card(studio))
    assert "**4 tries**" in text and "The bot blocked the member: 1 h: 10 points" in text

    await fill(studio, await open_card(studio), "Overturn")
    assert not (await studio.imagine("a red cube")).ephemeral


def test_automatic_blocks_end() -> None:
    assert all(length <= timedelta(days=7) for _, length in STEPS)
