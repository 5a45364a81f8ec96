"""What members buy at Discord: recorded first, and only then told to Discord as consumed.

Whether an event comes twice, or the bot dies in between, each pack is granted exactly once.
"""

import asyncio
import logging

import aiohttp
import discord

from bot.presenters import shop as texts
from bot.services import Services
from db import credits, letters, shop
from db.errors import FiveSquaresError

log = logging.getLogger(__name__)

PAUSE = 3600.0
"""Seconds between two looks for what was missed."""


def plan(services: Services) -> credits.Plan:
    """The free credits that a new wallet begins with."""
    prices = services.config.credits
    return credits.Plan(prices.first_month, prices.monthly)


async def settle(services: Services, entitlement: discord.Entitlement) -> None:
    """Grants what was bought, if it is known here and was not granted before."""
    if entitlement.deleted or entitlement.consumed:
        return
    prices = services.config.credits
    if str(entitlement.sku_id) != prices.pack_sku or entitlement.user_id is None:
        await _tell_host(services, entitlement)
        return
    await grant(services, _key(entitlement), entitlement.user_id, prices.pack_credits)
    async with services.database.read() as session:
        if await shop.is_consumed(session, _key(entitlement)):
            return
    await entitlement.consume()
    async with services.database.write() as session:
        await shop.mark_consumed(session, _key(entitlement), await services.database.now(session))


async def catch_up(bot: discord.Client, services: Services) -> None:
    """Settles, now and then, what was bought while the bot was away; until cancelled."""
    while True:
        if services.config.credits.pack_sku:
            await settle_all(bot, services)
        await asyncio.sleep(PAUSE)


async def settle_all(bot: discord.Client, services: Services) -> None:
    """Settles each by itself; what can't be settled now is met again the next time."""
    try:
        async for entitlement in bot.entitlements(limit=None, exclude_ended=True):
            try:
                await settle(services, entitlement)
            except (discord.HTTPException, FiveSquaresError) as error:
                kind = type(error).__name__
                log.warning("entitlement %d could not be settled: %s", entitlement.id, kind)
    except (discord.HTTPException, aiohttp.ClientError) as error:
        log.warning("what was bought could not be read: %s", type(error).__name__)


async def grant(
    services: Services, key: str, user_id: int, amount: int, actor_id: int | None = None
) -> bool:
    """A pack for a member, and a letter about it; False if it was granted before."""
    months = services.config.credits.pack_months
    async with services.database.write() as session:
        now = await services.database.now(session)
        await credits.enrol(session, user_id, now, plan(services))
        if not await shop.record(session, key, user_id, amount, months, now, actor_id):
            return False
        await letters.write(session, user_id, texts.thanks(amount, months), now)
    return True


async def _tell_host(services: Services, entitlement: discord.Entitlement) -> None:
    """Once for each."""
    log.warning("entitlement %d is for an unknown SKU: %d", entitlement.id, entitlement.sku_id)
    async with services.database.write() as session:
        now = await services.database.now(session)
        if await shop.record(session, _key(entitlement), entitlement.user_id, 0, 0, now):
            text = texts.unknown_sku(entitlement.sku_id, entitlement.id)
            await letters.write(session, None, text, now)


def _key(entitlement: discord.Entitlement) -> str:
    return f"entitlement:{entitlement.id}"
