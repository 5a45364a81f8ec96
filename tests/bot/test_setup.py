"""What `/setup` finds when things are as they should be, and when they are not; and feedback."""

from dataclasses import replace

import discord
from aiohttp.test_utils import TestServer
from simcord.actors import MemberActor

from bot import checkup
from bot.post import Post, owners
from bot.services import Services
from bot.web.links import Links
from bot.web.server import application
from config import Config, WebConfig
from db import guilds
from tests.bot.studio import Studio, text_of


async def report(studio: Studio, manager: MemberActor) -> str:
    result = await manager.slash(studio.channel, "setup")
    assert result.ephemeral
    return text_of(result.response)


def with_web(services: Services, **settings: str) -> Services:
    config: Config = services.config
    return replace(services, config=replace(config, web=WebConfig(**settings)))


async def test_what_is_missing_comes_first(studio: Studio, manager: MemberActor) -> None:
    text = await report(studio, manager)
    assert text.startswith("## 2 things to mend")
    assert "❌ Everybody can add this bot" in text and "❌ New cases are posted nowhere" in text
    for well in ("Intents: guilds", "may post pictures", "can be stored", "takes requests"):
        assert any(line.startswith("✅") and well in line for line in text.splitlines()), well
    assert "No web pages" in text


async def test_a_pause_is_not_forgotten(studio: Studio, manager: MemberActor) -> None:
    await studio.moderator.slash(studio.channel, "mod pause")
    assert "❌ The queue of this server is paused: `/mod resume`" in await report(studio, manager)


async def test_only_managers(studio: Studio) -> None:
    for command in studio.env.backend.commands[None].values():
        command["default_member_permissions"] = None
    result = await studio.moderator.slash(studio.channel, "setup")
    assert "Only members who may manage this server" in text_of(result.response)


async def test_channels_that_are_gone_or_closed(studio: Studio, manager: MemberActor) -> None:
    threadless = discord.PermissionOverwrite(send_messages_in_threads=False)
    closed = studio.guild.create_text_channel(
        "closed", overwrites={studio.guild.me: discord.PermissionOverwrite(attach_files=False)}
    )
    category = studio.guild.create_category("pictures")
    quiet = studio.guild.create_text_channel(
        "quiet", category=category, overwrites={studio.guild.me: threadless}
    )
    async with studio.services.database.write() as session:
        chosen = {"channels": [closed.id, category.id, 12345], "mod_channel_id": studio.channel.id}
        chosen["showcase_channel_id"] = closed.id
        await guilds.choose(session, studio.guild.id, **chosen)
    text = await report(studio, manager)
    assert f"❌ <#{closed.id}>: allow the bot *Attach Files*." in text
    assert text.count(f"<#{closed.id}>") == 1, "chosen twice, told once"
    assert f"❌ <#{quiet.id}>: allow the bot *Send Messages in Threads*." in text
    assert "❌ A channel that was chosen is gone (12345)" in text
    assert "posted nowhere" not in text


async def test_a_store_that_can_not_be_written(studio: Studio, manager: MemberActor) -> None:
    folder = studio.services.config.data_dir / "images"
    folder.rename(folder.with_name("elsewhere")) if folder.exists() else None
    folder.write_text("in the way")
    text = await report(studio, manager)
    assert "❌ Pictures can't be stored" in text and "`image_store`" in text


async def test_a_worker_that_is_not_heard_of(studio: Studio, manager: MemberActor) -> None:
    """Also while nothing waits; one that draws for long is busy, not gone."""
    await studio.imagine()
    studio.clock.advance(300)
    assert "❌ No worker of the model mini was heard of" in await report(studio, manager)
    [job] = await studio.worker.claim()
    assert "✅ A worker of the model mini takes requests." in await report(studio, manager)
    assert job.lease_until is not None
    studio.clock.advance((job.lease_until - studio.clock()).total_seconds() + 1)
    assert "❌ No worker of the model mini was heard of" in await report(studio, manager)


async def test_no_worker_has_ever_started(studio: Studio) -> None:
    other = replace(studio.services, config=replace(studio.services.config, model="karlo"))
    finding = await checkup._worker(other)
    assert not finding.is_well and "No worker of the model karlo was heard of" in finding.text


async def test_web_pages_that_answer_and_that_do_not(services: Services) -> None:
    async with TestServer(application(services)) as server:
        there = replace(services, links=Links(str(server.make_url("")).rstrip("/"), b"k"))
        [found] = [found async for found in checkup._web(there)]
        assert found.is_well and "answer at" in found.text
    [found] = [found async for found in checkup._web(there)]
    assert not found.is_well and "don't answer" in found.text
    half = with_web(services, listen="127.0.0.1:8001")
    [found] = [found async for found in checkup._web(half)]
    assert not found.is_well and "belong together" in found.text


async def test_a_pack_that_is_not_for_sale(studio: Studio) -> None:
    sold = studio.env.create_sku("A pack", type=discord.SKUType.consumable)
    for number, well in ((sold.id, True), (12345, False)):
        config = studio.services.config
        priced = replace(config, credits=replace(config.credits, pack_sku=str(number)))
        services = replace(studio.services, config=priced)
        [found] = [found async for found in checkup._sales(studio.bot, services)]
        assert found.is_well is well


async def test_feedback_reaches_the_host(studio: Studio) -> None:
    result = await studio.alice.slash(studio.channel, "feedback", text="I *like* it <@1>")
    assert result.ephemeral and "Thank you" in text_of(result.response)
    await Post(studio.bot, studio.services, [studio.moderator.id]).send_once()
    [letter] = studio.moderator.user.dm_channel.history()
    assert letter.content.startswith(f"<@{studio.alice.id}> in **Studio** writes:\n")
    assert r"I \*like\* it" in letter.content


async def test_feedback_not_without_end(studio: Studio) -> None:
    for _ in range(3):
        await studio.alice.slash(studio.channel, "feedback", text="again")
    result = await studio.alice.slash(studio.channel, "feedback", text="again")
    assert "Please try again in about 60 min" in text_of(result.response)


async def test_the_host_is_who_owns_the_application(studio: Studio) -> None:
    about = await studio.bot.application_info()
    assert owners(studio.bot) == [about.owner.id]
