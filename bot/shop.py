"""What members buy at Discord: recorded first, and only then told to Discord as consumed.

Whether an event comes twice, late or not at all, or the bot dies in between, each pack is granted
exactly once, and taken back once if Discord undoes the sale.
"""

import logging
from collections.abc import AsyncIterator
from functools import partial

import discord

from bot.presenters import shop as texts
from bot.rounds import go_round
from bot.services import Services
from db import credits, letters, shop

log = logging.getLogger(__name__)

PAUSE = 3600.0
"""Seconds between two looks for what was missed."""
PAGE = 100
"""Sales that Discord tells of at once."""


async def settle(services: Services, entitlement: discord.Entitlement) -> None:
    """Grants what was bought, if it is known here and was not granted before."""
    if entitlement.deleted:
        await revoke(services, entitlement)
        return
    if entitlement.consumed or entitlement.is_expired():
        return
    prices = services.config.credits
    if str(entitlement.sku_id) != prices.pack_sku or entitlement.user_id is None:
        await _tell_host(services, entitlement)
        return
    await grant(services, _key(entitlement), entitlement.user_id, prices.pack_credits)
    async with services.database.read() as session:
        if await shop.is_settled(session, _key(entitlement)):
            return
    await entitlement.consume()
    async with services.database.write() as session:
        await shop.mark_consumed(session, _key(entitlement), await services.database.now(session))


async def revoke(services: Services, entitlement: discord.Entitlement) -> None:
    """Takes back what is unspent of a sale that Discord has undone, and tells its member once."""
    user_id = entitlement.user_id
    async with services.database.write() as session:
        now = await services.database.now(session)
        taken = await shop.revoke(session, _key(entitlement), user_id, now)
        if taken is not None:
            await letters.write(session, user_id, texts.revoked(taken), now)


async def catch_up(bot: discord.Client, services: Services) -> None:
    """Settles, now and then, what was sold or undone while the bot was away; until cancelled."""
    await go_round(partial(settle_all, bot, services), PAUSE, log, "sales could not be read")


async def settle_all(bot: discord.Client, services: Services) -> None:
    """Settles each by itself; what can't be settled now is met again the next time."""
    if not services.config.credits.pack_sku:
        return
    async for entitlement in _sales(bot):
        try:
            await settle(services, entitlement)
        except Exception as error:
            kind = type(error).__name__
            log.warning("entitlement %d could not be settled: %s", entitlement.id, kind)


async def _sales(bot: discord.Client) -> AsyncIterator[discord.Entitlement]:
    """All of them, oldest first, undone ones too: `bot.entitlements` drops those in any case."""
    assert bot.application_id is not None
    after: int | None = 0
    while after is not None:
        page = await bot.http.get_entitlements(
            bot.application_id, after=after, limit=PAGE, exclude_deleted=False
        )
        for data in page:
            yield discord.Entitlement(bot._connection, data)
        after = int(page[-1]["id"]) if len(page) == PAGE else None


async def grant(
    services: Services, key: str, user_id: int, amount: int, actor_id: int | None = None
) -> bool:
    """A pack for a member, and a letter about it; False if it was granted before."""
    months = services.config.credits.pack_months
    async with services.database.write() as session:
        now = await services.database.now(session)
        await credits.enrol(session, user_id, now, services.plan)
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
