"""Whether all that the bot stands on is there: what `/setup` tells a server's managers.

Each check says what it found, and what to do where something is missing. Knows no commands.
"""

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import discord

from bot.answers import NEEDED, NEEDED_IN_THREADS, Interaction, services_of
from bot.presenters import checkup as texts
from bot.services import Services
from db import guilds, lanes
from db.errors import FiveSquaresError

IN_THREADS = NEEDED | NEEDED_IN_THREADS
"""Where pictures are asked for."""
PATIENCE = aiohttp.ClientTimeout(total=5)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; where it is not as it should be, what to do."""

    is_well: bool
    text: str


async def examine(interaction: Interaction) -> list[Finding]:
    """All checks, in the order in which one would mend things."""
    services = services_of(interaction)
    guild = interaction.guild
    assert guild is not None
    return [
        _intents(interaction.client),
        _private(interaction.client),
        *[finding async for finding in _channels(interaction, guild)],
        await _storage(services),
        await _worker(services),
        *[finding async for finding in _web(services)],
        *[finding async for finding in _sales(interaction.client, services)],
    ]


def _intents(bot: discord.Client) -> Finding:
    return Finding(bot.intents.guilds, texts.intents(bot.intents.guilds))


def _private(bot: discord.Client) -> Finding:
    """Wallets hold in all servers of the bot, so nobody else should add it to theirs."""
    closed = bot.application is not None and not bot.application.bot_public
    return Finding(closed, texts.private(closed))


async def _channels(interaction: Interaction, guild: discord.Guild) -> AsyncIterator[Finding]:
    """What the bot may do here and in every channel that was chosen."""
    async with services_of(interaction).database.read() as session:
        chosen = await guilds.get(session, guild.id)
    here = interaction.app_permissions
    yield _may(f"<#{interaction.channel_id}>", here, IN_THREADS)
    wanted = dict.fromkeys(chosen.channels, IN_THREADS)
    for told in filter(None, (chosen.showcase_channel_id, chosen.mod_channel_id)):
        wanted.setdefault(told, NEEDED)
    for channel_id, needed in wanted.items():
        channel = guild.get_channel(channel_id)
        if channel is None:
            yield Finding(False, texts.channel_gone(channel_id))
        elif isinstance(channel, discord.CategoryChannel):
            for one in channel.text_channels:
                if (has := one.permissions_for(guild.me)).view_channel:  # others are not meant
                    yield _may(one.mention, has, needed)
        else:
            yield _may(channel.mention, channel.permissions_for(guild.me), needed)
    if chosen.paused:
        yield Finding(False, texts.paused())
    if chosen.mod_channel_id is None:
        yield Finding(False, texts.no_mod_channel())


def _may(name: str, has: discord.Permissions, needed: discord.Permissions) -> Finding:
    missing = [texts.POWERS[power] for power, on in needed if on and not getattr(has, power)]
    return Finding(not missing, texts.permissions(name, missing))


async def _storage(services: Services) -> Finding:
    """Whether pictures can be written, read and deleted."""
    key, data = f"setup/{secrets.token_hex(8)}", b"Five Squares"
    try:
        await services.store.put(key, data)
        same = await services.store.get(key) == data
        await services.store.delete(key)
    except (FiveSquaresError, OSError) as error:
        return Finding(False, texts.storage(str(error)))
    return Finding(same, texts.storage(""))


async def _worker(services: Services) -> Finding:
    """Whether a worker takes what waits."""
    model = services.config.model
    async with services.database.read() as session:
        served = await lanes.is_served(session, model, await services.database.now(session))
    return Finding(served, texts.worker(model, served))


async def _web(services: Services) -> AsyncIterator[Finding]:
    """Whether members can reach the pages, if there are any."""
    settings = services.config.web
    if services.links is None:
        half = bool(settings.listen or settings.public_url)
        yield Finding(not half, texts.web_half() if half else texts.no_web())
        return
    url = f"{services.links.public_url}/health"
    try:
        async with aiohttp.ClientSession(timeout=PATIENCE) as http, http.get(url) as answer:
            reached = answer.status == 200
    except (aiohttp.ClientError, TimeoutError):
        reached = False
    yield Finding(reached, texts.web(services.links.public_url, reached))


async def _sales(bot: discord.Client, services: Services) -> AsyncIterator[Finding]:
    """Whether the pack is among what the application sells."""
    sku = services.config.credits.pack_sku
    if not sku:
        return
    try:
        known: Any = {str(found.id): found for found in await bot.fetch_skus()}.get(sku)
    except discord.HTTPException:
        known = None
    sold = known is not None and known.type is discord.SKUType.consumable
    yield Finding(sold, texts.sales(sku, sold))
