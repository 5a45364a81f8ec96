"""Warnings, blocks, time-outs, and pictures taken away."""

import io

import discord
import pytest
from PIL import Image as Pillow
from simcord.results import InteractionResult

from bot.housekeeping import erase_pictures
from bot.sweeper import Sweeper
from db import flags
from db.flag_tables import Deed
from tests.bot.moderation.casework import (
    PASSED,
    case,
    deeds,
    fill,
    open_card,
    said,
    second_moderator,
)
from tests.bot.studio import Studio, answer_of, pictures_of, text_of
from tests.db.test_flags import noticed


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
    assert text_of(said(answer)) == "That member has left the server."
    assert await deeds(studio) == []


async def test_nobody_times_out_a_member_whose_role_is_not_below_theirs(studio: Studio) -> None:
    role = studio.guild.create_role("Heads", permissions=discord.Permissions(manage_messages=True))
    head = studio.guild.add_member(studio.env.create_user("head"), roles=[role])
    junior = second_moderator(studio, moderate_members=True)
    async with studio.services.database.write() as session:
        about = noticed(guild=studio.guild.id, user_id=head.id)
        await flags.add(session, about, studio.clock())
    card = await open_card(studio, by=junior)
    shown = await junior.click(card, label="Time out")
    answer = await junior.submit_modal(shown, {"choice": "1 hour", "reason": ""})
    assert "your highest role must stand above theirs" in text_of(said(answer))
    assert await deeds(studio) == []


async def test_deleted_pictures_stay_blurred_in_the_case(studio: Studio) -> None:
    message = await studio.finished(PASSED)
    card = await open_card(studio)
    assert "let through" in text_of(card) and "1 credit spent" in text_of(card)
    assert len(pictures_of(card)) == 1 and "the message" in text_of(card)
    await fill(studio, card, "Delete pictures", reason="not here")
    studio.env.inject_error("DELETE", "/channels/*/messages/*", status=503, times=6)
    sweeper = Sweeper(studio.bot, studio.services)
    with pytest.raises(discord.HTTPException):
        await sweeper.sweep_once()
    studio.env.backend.faults.clear()
    await sweeper.sweep_once()

    assert message.id not in [m.id for m in studio.channel.history()]
    flag = await case(studio)
    assert flag.evidence_key is not None
    kept = await studio.services.store.get(flag.evidence_key)
    with Pillow.open(io.BytesIO(kept)) as strip:
        assert strip.size == (4 * 256, 256)
    again = await open_card(studio)
    assert len(pictures_of(again)) == 1
    assert "the message" not in text_of(again)


@pytest.mark.parametrize("who", ["alice", "moderator"])
async def test_pictures_deleted_below_themselves_stay_blurred_too(studio: Studio, who: str) -> None:
    """The case says who it was, once."""
    message, member = await studio.finished(PASSED), getattr(studio, who)
    asked = [await member.click(message, custom_id="del:1") for _ in range(2)]
    for question in asked:
        await member.click(answer_of(question), label="Delete them")
    assert await deeds(studio) == [(Deed.picture_deleted, "")]
    assert f"<@{member.id}> deleted the pictures" in text_of(await open_card(studio))
    studio.clock.advance(2 * 3600)
    await erase_pictures(studio.services)
    assert (await case(studio)).evidence_key is not None
    assert len(pictures_of(await open_card(studio))) == 1
