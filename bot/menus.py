"""What a message's menu offers for the pictures in it: any member's, not only the bot's."""

from collections.abc import Callable

import discord
from discord import app_commands

from bot import sources
from bot.answers import Interaction, services_of
from bot.layout import Item, layout
from bot.moderation.reports import report_message
from bot.offer import serves
from bot.presenters import picture as words
from bot.region import EditArea
from bot.single import Extend, Vary
from config import CreditsConfig
from db.tables import Image, Operation

Controls = Callable[[list[Image], CreditsConfig], list[Item]]


@app_commands.context_menu(name="Variations", extras=serves(Operation.variation))
@app_commands.guild_only()
async def variations(interaction: Interaction, message: discord.Message) -> None:
    """Offers variations of each picture in the message."""
    await _offer(interaction, message, _vary)


@app_commands.context_menu(name="Edit this picture", extras=serves(Operation.inpaint))
@app_commands.guild_only()
async def edit(interaction: Interaction, message: discord.Message) -> None:
    """Offers to paint a part of each anew."""
    await _offer(interaction, message, _edit)


@app_commands.context_menu(name="Extend this picture", extras=serves(Operation.outpaint))
@app_commands.guild_only()
async def extend(interaction: Interaction, message: discord.Message) -> None:
    """Offers to paint each on, past its border."""
    await _offer(interaction, message, _extend)


MENUS = (variations, edit, extend, report_message)


async def _offer(interaction: Interaction, message: discord.Message, controls: Controls) -> None:
    """Answers, so that only the member sees it, with what can be done and what it costs."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    found = await sources.in_message(interaction, message)
    items = controls(found, services_of(interaction).config.credits)
    text = discord.ui.TextDisplay[discord.ui.LayoutView](words.which(len(found) > 1))
    await interaction.followup.send(view=layout(text, *items), ephemeral=True)


def _vary(found: list[Image], prices: CreditsConfig) -> list[Item]:
    named = words.numbered("Variations", len(found))
    buttons = zip(found, named, strict=True)
    row = (Vary(image.id, name, prices.edit_cost) for image, name in buttons)
    return [discord.ui.ActionRow(*row)]


def _edit(found: list[Image], prices: CreditsConfig) -> list[Item]:
    named = words.numbered("Edit area", len(found))
    row = (EditArea(image.id, name) for image, name in zip(found, named, strict=True))
    return [discord.ui.ActionRow(*row)]


def _extend(found: list[Image], prices: CreditsConfig) -> list[Item]:
    named = words.numbered("↔️ Extend", len(found))
    menus = zip(found, named, strict=True)
    return [discord.ui.ActionRow(Extend(i.id, name, prices.edit_cost)) for i, name in menus]
