"""Packs by moderators and by Discord's shop, and gifts; each exactly once."""

import asyncio
from dataclasses import replace

import discord
import pytest
from simcord import Env
from simcord.monetization import SKUHandle
from sqlalchemy import text

from bot import shop
from bot.client import FiveSquares
from bot.post import Post
from bot.services import Services
from config import Config
from db import letters
from tests.bot.studio import Studio, text_of, walk

SKU = 1_400_000_000_000_000_001


@pytest.fixture
def sells(services: Services) -> Services:
    """The same with a pack that Discord sells."""
    config: Config = services.config
    return replace(
        services, config=replace(config, credits=replace(config.credits, pack_sku=str(SKU)))
    )


@pytest.fixture
def simcord_bot(request: pytest.FixtureRequest, services: Services) -> FiveSquares:
    if "pack" in request.fixturenames:
        services = request.getfixturevalue("sells")
    return FiveSquares(services)


@pytest.fixture
def pack(simcord_env: Env) -> SKUHandle:
    return simcord_env.create_sku("A pack", type=discord.SKUType.consumable, id=SKU)


async def waiting(studio: Studio) -> list[tuple[int | None, str]]:
    async with studio.services.database.read() as session:
        return [(letter.user_id, letter.text) for letter in await letters.unsent(session, 20)]


async def test_by_default_moderators_hand_packs_out(studio: Studio) -> None:
    told = await studio.alice.slash(studio.channel, "buy")
    assert told.ephemeral
    text = text_of(told.response)
    assert "115 credits for US$15" in text and "Good for 12 months" in text and "ask one" in text

    result = await studio.moderator.slash(studio.channel, "grant", member=studio.alice, packs=2)
    assert f"<@{studio.alice.id}> has 230 new credits" in text_of(result.response)
    assert await studio.balance() == 280
    await Post(studio.bot, studio.services, []).send_once()
    [letter] = studio.alice.user.dm_channel.history()
    assert "230 new credits, good for 12 months" in letter.content
    wallet = await studio.alice.slash(studio.channel, "credits")
    assert "230 bought or given to you, until" in text_of(wallet.response)


async def test_who_may_hand_out_and_to_whom(studio: Studio) -> None:
    for command in studio.env.backend.commands[None].values():
        command["default_member_permissions"] = None
    refused = await studio.bob.slash(studio.channel, "grant", member=studio.alice)
    assert "Only members who may manage messages" in text_of(refused.response)
    own = await studio.moderator.slash(studio.channel, "grant", member=studio.moderator)
    assert "Another moderator" in text_of(own.response)
    assert await studio.balance() == await studio.balance(studio.moderator) == 0


async def test_a_gift(studio: Studio) -> None:
    await studio.moderator.slash(studio.channel, "grant", member=studio.alice)
    result = await studio.alice.slash(studio.channel, "gift", member=studio.bob, amount=15)
    assert result.ephemeral and "You gave 15 credits" in text_of(result.response)
    assert (await studio.balance(), await studio.balance(studio.bob)) == (150, 65)
    assert (
        studio.bob.id,
        f"<@{studio.alice.id}> gave you 15 credits. `/credits` shows until when.",
    ) in (await waiting(studio))


async def test_gifts_that_can_not_be(studio: Studio) -> None:
    await studio.alice.slash(studio.channel, "credits")
    free = await studio.alice.slash(studio.channel, "gift", member=studio.bob, amount=1)
    assert "free ones can't be given" in text_of(free.response)
    own = await studio.alice.slash(studio.channel, "gift", member=studio.alice, amount=1)
    assert "to yourself" in text_of(own.response)
    machine = studio.guild.add_member(studio.env.create_user("machine", bot=True))
    to_bot = await studio.alice.slash(studio.channel, "gift", member=machine, amount=1)
    assert "Bots have no credits" in text_of(to_bot.response)
    assert await studio.balance() == 50 and await waiting(studio) == []


async def test_discord_sells_where_the_host_says_so(studio: Studio, pack: SKUHandle) -> None:
    told = await studio.alice.slash(studio.channel, "buy")
    [button] = [c for c in walk(told.response) if c["type"] == 2]
    assert (button["style"], int(button["sku_id"])) == (6, SKU)
    assert "moderators" not in text_of(told.response)


async def test_a_sale_is_recorded_then_consumed_and_counts_once(
    studio: Studio, pack: SKUHandle
) -> None:
    sold = await studio.env.grant_entitlement(pack, user=studio.alice.user)
    assert sold.snapshot().consumed
    assert await studio.balance() == 165
    await sold.replay_create()
    await shop.settle_all(studio.bot, studio.bot.services)
    assert await studio.balance() == 165
    assert [reader for reader, _ in await waiting(studio)] == [studio.alice.id]


async def test_the_bot_dies_between_the_record_and_discord(studio: Studio, pack: SKUHandle) -> None:
    studio.env.inject_error("POST", "/applications/*/entitlements/*/consume", status=500)
    studio.expected = (discord.HTTPException,)
    sold = studio.env.seed_entitlement(pack, user=studio.alice.user)
    await shop.settle_all(studio.bot, studio.bot.services)
    assert await studio.balance() == 165 and not sold.snapshot().consumed
    for _ in range(3):
        await shop.settle_all(studio.bot, studio.bot.services)
    assert await studio.balance() == 165 and sold.snapshot().consumed


async def test_an_unknown_sku_is_told_to_the_host_once(studio: Studio, pack: SKUHandle) -> None:
    other = studio.env.create_sku("Something else", type=discord.SKUType.consumable)
    sold = await studio.env.grant_entitlement(other, user=studio.alice.user)
    await sold.replay_create()
    await shop.settle_all(studio.bot, studio.bot.services)
    [(reader, text)] = await waiting(studio)
    assert reader is None and f"SKU {other.id}, entitlement {sold.id}" in text
    assert not sold.snapshot().consumed and await studio.balance() == 0


async def test_a_sale_that_discord_undoes_is_taken_back_and_told_once(
    studio: Studio, pack: SKUHandle
) -> None:
    sold = await studio.env.grant_entitlement(pack, user=studio.alice.user)
    await studio.imagine()
    assert await studio.balance() == 164
    await sold.revoke()
    await shop.settle_all(studio.bot, studio.bot.services)
    await sold.replay_create()
    assert await studio.balance() == 49
    told = [text for reader, text in await waiting(studio) if reader == studio.alice.id]
    assert len(told) == 2 and "The 115 credits that you had left of it were taken back" in told[1]
    wallet = await studio.alice.slash(studio.channel, "credits")
    assert "-115 taken back, as the sale was undone" in text_of(wallet.response)


async def test_what_was_undone_while_the_bot_was_away(studio: Studio, pack: SKUHandle) -> None:
    sold = await studio.env.grant_entitlement(pack, user=studio.alice.user)
    studio.env.backend.get_entitlement(sold.id).deleted = True
    for _ in range(2):
        await shop.settle_all(studio.bot, studio.bot.services)
    assert await studio.balance() == 50
    assert len(await waiting(studio)) == 2


async def test_what_was_given_stays_given_and_nobody_owes(studio: Studio, pack: SKUHandle) -> None:
    sold = await studio.env.grant_entitlement(pack, user=studio.alice.user)
    await studio.alice.slash(studio.channel, "gift", member=studio.bob, amount=115)
    await sold.revoke()
    assert await studio.balance() == 50 and await studio.balance(studio.bob) == 165
    assert "No credits were taken back" in (await waiting(studio))[-1][1]


async def test_an_undone_sale_that_comes_before_the_sale(studio: Studio, pack: SKUHandle) -> None:
    sold = studio.env.seed_entitlement(pack, user=studio.alice.user)
    await shop.revoke(studio.bot.services, sold.snapshot())
    await shop.settle(studio.bot.services, sold.snapshot())
    await shop.settle_all(studio.bot, studio.bot.services)
    assert await studio.balance() == 50 and await waiting(studio) == []
    assert not sold.snapshot().consumed


async def test_an_unknown_sale_that_is_undone(studio: Studio, pack: SKUHandle) -> None:
    other = studio.env.create_sku("Something else", type=discord.SKUType.consumable)
    sold = await studio.env.grant_entitlement(other, user=studio.alice.user)
    await sold.revoke()
    assert [reader for reader, _ in await waiting(studio)] == [None]


async def test_a_database_that_fails_for_a_while_loses_no_sale(
    studio: Studio, pack: SKUHandle, caplog: pytest.LogCaptureFixture
) -> None:
    studio.env.seed_entitlement(pack, user=studio.alice.user)
    database = studio.services.database
    async with database.write() as session:
        await session.execute(text("ALTER TABLE purchases RENAME TO away"))
    running = asyncio.create_task(shop.catch_up(studio.bot, studio.bot.services))
    async with asyncio.timeout(10):
        while "could not be settled: OperationalError" not in caplog.text:
            await asyncio.sleep(0.01)
    assert not running.done()
    running.cancel()
    async with database.write() as session:
        await session.execute(text("ALTER TABLE away RENAME TO purchases"))
    await shop.settle_all(studio.bot, studio.bot.services)
    assert await studio.balance() == 165


async def test_more_sales_than_discord_tells_of_at_once(
    studio: Studio, pack: SKUHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shop, "PAGE", 2)
    for _ in range(4):
        studio.env.seed_entitlement(pack, user=studio.alice.user)
    await shop.settle_all(studio.bot, studio.bot.services)
    assert await studio.balance() == 50 + 4 * 115
