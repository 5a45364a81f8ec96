"""A case from the refusal to its end: cards, forms, the moderators' channel, appeals, records."""

import csv
import io
import json
from datetime import timedelta

import discord
import pytest
from PIL import Image as Pillow
from simcord.actors import MemberActor
from simcord.results import InteractionResult

from bot.housekeeping import erase_pictures
from bot.moderation.desk import Desk
from db import cases, flags, guilds
from db.flag_tables import CaseState, Deed, Flag
from db.standing import STEPS
from tests.bot.studio import Said, Studio, buttons_of, painted, pictures_of, text_of
from tests.db.test_flags import noticed

REFUSED = "a crate of contraband"
PASSED = "a smuggler at sea"


@pytest.fixture
async def refused(studio: Studio) -> InteractionResult:
    """The notice that alice gets; it opens case 1."""
    return await studio.imagine(REFUSED)


async def case(studio: Studio, number: int = 1) -> Flag:
    async with studio.services.database.read() as session:
        flag = await flags.get(session, number)
    assert flag is not None
    return flag


async def deeds(studio: Studio, number: int = 1) -> list[tuple[Deed, str]]:
    async with studio.services.database.read() as session:
        return [(entry.deed, entry.text) for entry in await cases.history(session, number)]


def said(result: InteractionResult) -> Said:
    """The newest words of an answer."""
    message = result.followups[-1] if result.followups else result.response
    assert message is not None
    return message


async def open_card(studio: Studio, number: int = 1, by: MemberActor | None = None) -> Said:
    result = await (by or studio.moderator).slash(studio.channel, "mod case", number=number)
    assert result.ephemeral
    return said(result)


async def fill(studio: Studio, card: Said, label: str, **values: object) -> InteractionResult:
    """Presses a button of the card and sends its form."""
    shown = await studio.moderator.click(card, label=label)
    return await studio.moderator.submit_modal(shown, values)


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
    assert "`illegal.contraband` v1: for these tests" in text
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


async def test_a_warning_reaches_the_member(studio: Studio, refused: InteractionResult) -> None:
    await fill(studio, await open_card(studio), "Warn", reason="please stop\nthat")

    [message] = studio.alice.user.dm_channel.history()
    assert "has warned you" in text_of(message) and "> please stop\n> that" in text_of(message)
    record = said(await studio.alice.slash(studio.channel, "mywarnings"))
    assert "please stop" in text_of(record)
    assert studio.moderator.name not in text_of(record)
    assert str(studio.moderator.id) not in text_of(record)


async def test_a_member_who_takes_no_messages_finds_the_warning_in_their_record(
    studio: Studio, refused: InteractionResult
) -> None:
    studio.env.inject_error("POST", "/channels/*/messages", status=403, code=50007)
    await fill(studio, await open_card(studio), "Warn", reason="please stop")
    assert await deeds(studio) == [
        (Deed.warned, "please stop"),
        (Deed.noted, "their messages are closed; /mywarnings shows it"),
    ]
    record = text_of(said(await studio.alice.slash(studio.channel, "mywarnings")))
    assert "please stop" in record and "closed" not in record


async def test_a_block_holds_as_long_as_it_says(studio: Studio, refused: InteractionResult) -> None:
    card = await open_card(studio)
    await fill(studio, card, "Block", choice="1 hour", reason="cool down")
    assert "⛔ Blocked until" in text_of(card) and "1 hour: cool down" in text_of(card)

    held = await studio.imagine("a red cube")
    assert held.ephemeral and "You can't use this bot here until" in text_of(held.response)
    assert not (await studio.imagine("a red cube", member=studio.bob)).ephemeral
    studio.clock.advance(3600)
    assert not (await studio.imagine("a red cube")).ephemeral


async def test_a_time_out_is_discords_own(studio: Studio, refused: InteractionResult) -> None:
    card = await open_card(studio)
    shown = await studio.moderator.click(card, label="Time out")
    refusal = await studio.moderator.submit_modal(shown, {"choice": "1 hour"})
    assert "Only members who may time members out" in text_of(said(refusal))

    strong = second_moderator(studio, moderate_members=True)
    card = await open_card(studio, by=strong)
    shown = await strong.click(card, label="Time out")
    await strong.submit_modal(shown, {"choice": "1 hour", "reason": ""})
    assert await deeds(studio) == [(Deed.timed_out, "1 hour")]
    [change] = [r for r in studio.env.http_requests if r.method == "PATCH" and "members" in r.path]
    assert str(studio.alice.id) in change.path and change.json["communication_disabled_until"]


async def test_a_member_who_left_can_not_be_timed_out(studio: Studio) -> None:
    strong = second_moderator(studio, moderate_members=True)
    async with studio.services.database.write() as session:
        await flags.add(session, noticed(guild=studio.guild.id, user_id=4), studio.clock())
    card = await open_card(studio, by=strong)
    shown = await strong.click(card, label="Time out")
    answer = await strong.submit_modal(shown, {"choice": "1 hour", "reason": ""})
    assert "I may not time that member out" in text_of(said(answer))
    assert await deeds(studio) == []


async def test_deleted_pictures_stay_blurred_in_the_case(studio: Studio) -> None:
    message = await studio.finished(PASSED)
    card = await open_card(studio)
    assert "let through" in text_of(card) and "1 credit spent" in text_of(card)
    assert len(pictures_of(card)) == 1 and "the message" in text_of(card)
    await fill(studio, card, "Delete pictures", reason="not here")

    assert message.id not in [m.id for m in studio.channel.history()]
    flag = await case(studio)
    assert flag.evidence_key is not None
    kept = await studio.services.store.get(flag.evidence_key)
    with Pillow.open(io.BytesIO(kept)) as strip:
        assert strip.size == (4 * 256, 256)
    again = await open_card(studio)
    assert len(pictures_of(again)) == 1
    assert "the message" not in text_of(again)


async def test_pictures_that_their_member_deletes_stay_blurred_too(studio: Studio) -> None:
    message = await studio.finished(PASSED)
    await studio.alice.click(message, custom_id="del:1")
    studio.clock.advance(2 * 3600)
    await erase_pictures(studio.services)
    assert (await case(studio)).evidence_key is not None
    assert len(pictures_of(await open_card(studio))) == 1


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


async def test_the_list_narrows_and_turns_its_page(studio: Studio) -> None:
    for number in range(8):
        await studio.imagine(f"contraband {number} of kind {number} in place {number}")
        studio.clock.advance(86400 * 2)
    await studio.imagine(PASSED, member=studio.bob)
    page = said(await studio.moderator.slash(studio.channel, "flags"))
    assert "9 cases" in text_of(page)
    assert buttons_of(page) == ["Open"] * 6 + ["Older"]
    await studio.moderator.click(page, label="Older")
    assert buttons_of(page) == ["Open"] * 3

    async def found(**wanted: object) -> str:
        return text_of(said(await studio.moderator.slash(studio.channel, "mod cases", **wanted)))

    assert "1 case" in await found(member=studio.bob)
    assert "kind 7" in await found(words="KIND 7") and "1 case" in await found(words="KIND 7")
    assert "None" in await found(category="sexual")
    assert "None" in await found(state="upheld")
    assert "2 cases" in await found(days=3)

    assert "appeal" not in await found(state="open") and "None" in await found(state="appealed")
    form = await studio.alice.click(
        said(await studio.alice.slash(studio.channel, "mywarnings")), label="Appeal 7"
    )
    await studio.alice.submit_modal(form, {"reason": "a museum"})
    assert "9 cases, 1 of them appealed: `/mod cases` lists those" in await found(state="open")
    appealed = await found(state="appealed")
    assert "1 case\n" in appealed and "kind 6" in appealed
    await fill(studio, await open_card(studio, 7), "Uphold")
    assert "None" in await found(state="appealed")


async def test_the_files_hold_every_case(studio: Studio, refused: InteractionResult) -> None:
    await studio.imagine("=contraband")
    result = await studio.moderator.slash(studio.channel, "mod export")
    table = list(csv.DictReader(io.StringIO(await attached(studio, result))))
    assert [row["prompt"] for row in table] == ["'=contraband", REFUSED]
    assert table[1]["user_id"] == str(studio.alice.id)
    result = await studio.moderator.slash(studio.channel, "mod export", format="jsonl")
    lines = [json.loads(line) for line in (await attached(studio, result)).splitlines()]
    assert [line["prompt"] for line in lines] == ["=contraband", REFUSED]
    assert "keep it to the team" in text_of(said(result))


async def test_members_by_command(studio: Studio, refused: InteractionResult) -> None:
    async def mod(command: str, **options: object) -> str:
        return text_of(said(await studio.moderator.slash(studio.channel, command, **options)))

    assert "1 case here" in await mod("mod user", member=studio.alice)
    blocked = {"member": studio.alice, "length": "For good", "reason": "enough"}
    assert "for good" in await mod("mod block", **blocked)
    assert "for good" in text_of((await studio.imagine()).response)
    upload = ("photo.png", painted(48, "green"))
    wordless = await studio.alice.slash(studio.channel, "variations", image=upload)
    assert any("for good" in text_of(m) for m in (wordless.response, *wordless.followups) if m)
    assert "**for good**: enough" in await mod("mod user", member=studio.alice)
    assert "can use the bot again" in await mod("mod unblock", member=studio.alice)
    assert "was not blocked" in await mod("mod unblock", member=studio.alice)
    assert not (await studio.imagine()).ephemeral
    await fill(studio, await open_card(studio), "Block", choice="For good", reason="again")
    await mod("mod unblock", member=studio.alice)
    assert [deed for deed, _ in await deeds(studio)] == [Deed.blocked, Deed.unblocked]
    own = {**blocked, "member": studio.moderator}
    assert "about you" in await mod("mod block", **own)
    assert "no such case" in await mod("mod note", number=99, text="hm")
    assert "You noted" in await mod("mod note", number=1, text="hm")
    assert (Deed.noted, "hm") in await deeds(studio)


async def test_a_prompt_is_tried_on_the_rules(studio: Studio) -> None:
    prompt = {"prompt": "a smuggler with c0ntraband"}
    result = await studio.moderator.slash(studio.channel, "mod rules test", **prompt)
    text = text_of(said(result))
    assert "refused" in text and "`illegal.smuggler`" in text and "`illegal.contraband`" in text
    assert "read as: a smuggler with contraband" in text
    async with studio.services.database.read() as session:
        assert await flags.find(session, studio.guild.id, flags.Search(), 9) == []


async def test_mod_commands_check_the_permission_themselves(studio: Studio) -> None:
    for command in studio.env.backend.commands[None].values():
        command["default_member_permissions"] = None
    for name, options in (
        ("mod cases", {}),
        ("mod rules test", {"prompt": "x"}),
        ("mod export", {}),
    ):
        result = await studio.bob.slash(studio.channel, name, **options)
        assert "Only members who may manage messages" in text_of(said(result)), name


def second_moderator(studio: Studio, **more: bool) -> MemberActor:
    powers = discord.Permissions(manage_messages=True, **more)
    role = studio.guild.create_role("More moderators", permissions=powers)
    return studio.guild.add_member(studio.env.create_user("other"), roles=[role])


async def attached(studio: Studio, result: InteractionResult) -> str:
    [file] = said(result).attachments
    return (await studio.env.bot.http.get_from_cdn(file.url)).decode()
