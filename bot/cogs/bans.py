"""`/mod picture`: pictures that a server doesn't want, for its moderators."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import discord
from discord import app_commands

from bot.answers import Interaction, check_moderator, services_of
from bot.presenters import mod as texts
from bot.sources import opening, read
from db import bans
from db.errors import FiveSquaresError
from fingerprint import fingerprint
from uploads import open_picture

T = TypeVar("T")
PICTURE = "The picture, or a copy of it: PNG, JPEG or WebP"


class Featureless(FiveSquaresError):
    """That picture shows a single colour, so it can't be told from others."""


class PictureCommands(app_commands.Group):
    """The commands; `/mod` checks who uses them. The picture itself is not kept."""

    @app_commands.command(description="Refuse a picture and its copies from now on")
    @app_commands.describe(image=PICTURE)
    async def ban(self, interaction: Interaction, image: discord.Attachment) -> None:
        """Holds from the next request on."""
        await _decide(interaction, image, bans.add, texts.banned)

    @app_commands.command(description="Let a banned picture be used again")
    @app_commands.describe(image=PICTURE)
    async def unban(self, interaction: Interaction, image: discord.Attachment) -> None:
        """Holds from the next request on."""
        await _decide(interaction, image, bans.lift, texts.unbanned)


async def _decide(
    interaction: Interaction,
    image: discord.Attachment,
    change: Callable[..., Awaitable[T]],
    told: Callable[[T], str],
) -> None:
    guild_id = check_moderator(interaction)
    await interaction.response.defer(ephemeral=True, thinking=True)
    mark = await _mark(image)
    database = services_of(interaction).database
    async with database.write() as session:
        now = await database.now(session)
        came = await change(session, guild_id, mark, actor_id=interaction.user.id, now=now)
    await interaction.followup.send(told(came), ephemeral=True)


async def _mark(upload: discord.Attachment) -> str:
    """Raises Featureless or UnusablePicture."""
    data = await read(upload)
    async with opening:
        picture = await asyncio.to_thread(open_picture, data)
    mark = await asyncio.to_thread(fingerprint, picture)
    if mark is None:
        raise Featureless
    return mark
