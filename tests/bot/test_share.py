"""The showcase: only with the maker's consent, once, and only where there is one."""

import discord
import pytest
from simcord.builders import ChannelHandle

from db import guilds
from tests.bot.studio import Said, Studio, answer_of, buttons_of, pictures_of, text_of


@pytest.fixture
async def showcase(studio: Studio) -> ChannelHandle:
    channel = studio.guild.create_text_channel("showcase")
    async with studio.services.database.write() as session:
        await guilds.choose(session, studio.guild.id, showcase_channel_id=channel.id)
    return channel


async def alone(studio: Studio) -> Said:
    """One picture by itself, as alice asked for it."""
    message = await studio.finished("a *red* cube")
    return (await studio.alice.click(message, label="U1")).followups[0]


async def share(studio: Studio, shown: Said) -> None:
    """Posts it in the showcase."""
    asked = await studio.alice.click(shown, label="Share")
    await studio.alice.click(asked.response, label="Post it")


async def test_its_maker_is_asked_and_then_it_is_posted_once(
    studio: Studio, showcase: ChannelHandle
) -> None:
    shown = await alone(studio)
    assert buttons_of(shown)[-3:] == ["⭐", "📢 Share", "🗑️"]
    asked = await studio.alice.click(shown, label="Share")
    assert asked.ephemeral
    assert f"your name in <#{showcase.id}>, for all to see?" in text_of(asked.response)
    assert showcase.history() == []

    await studio.restart()
    again = await studio.alice.click(studio.channel.history()[-1], label="Share")
    await studio.alice.click(asked.response, label="Post it")
    [posted] = showcase.history()
    assert text_of(posted) == f"**a \\*red\\* cube**\n-# by <@{studio.alice.id}>"
    assert len(pictures_of(posted)) == 1
    second = await studio.alice.click(again.response, label="Post it")
    assert "in the showcase already" in text_of(second.followups[0])
    assert len(showcase.history()) == 1


async def test_it_can_be_taken_back_and_shared_again(
    studio: Studio, showcase: ChannelHandle
) -> None:
    shown = await alone(studio)
    await share(studio, shown)
    again = await studio.alice.click(shown, label="Share")
    assert "already. Take it back" in text_of(again.response)
    elsewhere = studio.guild.create_text_channel("another showcase")
    async with studio.services.database.write() as session:
        await guilds.choose(session, studio.guild.id, showcase_channel_id=elsewhere.id)
    refused = await studio.forge("takeback:1", studio.bob)
    assert "Only whoever asked for a picture" in text_of(refused.response)
    await studio.alice.click(again.response, label="Take it back")
    await studio.sweep()
    assert showcase.history() == []
    assert len(pictures_of(studio.message(shown.id))) == 1, "what shows it elsewhere stays"

    await share(studio, shown)
    assert len(elsewhere.history()) == 1


async def test_what_a_moderator_took_away_can_be_shared_again(
    studio: Studio, showcase: ChannelHandle
) -> None:
    shown = await alone(studio)
    await share(studio, shown)
    with studio.env.time_context():
        await (
            studio.bot.get_partial_messageable(showcase.id)
            .get_partial_message(showcase.history()[0].id)
            .delete()
        )
    again = await studio.alice.click(shown, label="Share")
    await studio.alice.click(again.response, label="Take it back")
    await studio.sweep()
    await share(studio, shown)
    assert len(showcase.history()) == 1


async def test_nobody_else_shares_it(studio: Studio, showcase: ChannelHandle) -> None:
    shown = await alone(studio)
    for member in (studio.bob, studio.moderator):
        refused = await member.click(shown, label="Share")
        assert "Only whoever asked for a picture can share it." in text_of(refused.response)


async def test_a_picture_stays_in_the_server_whose_rules_it_passed(
    studio: Studio, showcase: ChannelHandle
) -> None:
    await alone(studio)
    other = studio.env.create_guild("Other")
    channel = other.create_text_channel("showcase")
    async with studio.services.database.write() as session:
        await guilds.choose(session, other.id, showcase_channel_id=channel.id)
    there = other.add_member(studio.alice.user)
    shown = await there.slash(channel, "show", id="1-1")
    refused = await there.click(answer_of(shown), label="Share")
    assert "only in the server where it was asked for" in text_of(refused.response)


async def test_without_a_showcase(studio: Studio) -> None:
    assert "📢 Share" not in buttons_of(await alone(studio))
    forum = studio.guild.create_forum_channel("gallery")
    for channel_id in (None, 12345, forum.id):
        async with studio.services.database.write() as session:
            await guilds.choose(session, studio.guild.id, showcase_channel_id=channel_id)
        refused = await studio.forge("share:1")
        assert "This server has no showcase" in text_of(refused.response)


async def test_what_could_not_be_posted_can_be_tried_again(
    studio: Studio, showcase: ChannelHandle
) -> None:
    asked = await studio.alice.click(await alone(studio), label="Share")
    studio.env.inject_error("POST", "/channels/*/messages", status=403, code=50013)
    refused = await studio.alice.click(asked.response, label="Post it")
    assert "I can't post there" in text_of(refused.followups[0])
    await studio.alice.click(asked.response, label="Post it")
    assert len(showcase.history()) == 1


async def test_where_the_bot_may_not_post(studio: Studio, showcase: ChannelHandle) -> None:
    closed = studio.guild.create_text_channel(
        "closed", overwrites={studio.guild.me: discord.PermissionOverwrite(attach_files=False)}
    )
    async with studio.services.database.write() as session:
        await guilds.choose(session, studio.guild.id, showcase_channel_id=closed.id)
    refused = await studio.alice.click(await alone(studio), label="Share")
    assert "I can't post there" in text_of(refused.response)
