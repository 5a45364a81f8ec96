"""`/buy`, `/gift` and `/grant`: credits beyond the free ones."""

from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Range
from discord.ext import commands

from bot import shop as packs
from bot.answers import Interaction, check_moderator, services_of
from bot.layout import layout, page
from bot.presenters import shop as texts
from db import credits, letters, shop
from db.errors import FiveSquaresError

MOST_PACKS = 20
MOST_CREDITS = 100_000


class OwnGrant(FiveSquaresError):
    """Another moderator has to hand you a pack."""


class NoWallet(FiveSquaresError):
    """Bots have no credits."""


class Shop(commands.Cog):
    """The commands."""

    @app_commands.command(description="Get more credits")
    async def buy(self, interaction: Interaction) -> None:
        """Sells a pack where Discord does, and otherwise says whom to ask."""
        prices = services_of(interaction).config.credits
        view = page(texts.ask_moderators(prices))
        if prices.pack_sku:
            button: discord.ui.Button[Any] = discord.ui.Button(sku_id=int(prices.pack_sku))
            text = discord.ui.TextDisplay[Any](texts.pack(prices))
            view = layout(text, discord.ui.ActionRow(button))
        await interaction.response.send_message(view=view, ephemeral=True)

    @app_commands.command(description="Give credits that you bought to another member")
    @app_commands.describe(member="To whom", amount="How many")
    async def gift(
        self, interaction: Interaction, member: discord.User, amount: Range[int, 1, MOST_CREDITS]
    ) -> None:
        """They keep their last day; free credits can't be given."""
        _check_person(member)
        services, giver = services_of(interaction), interaction.user
        async with services.database.write() as session:
            now = await services.database.now(session)
            for user in sorted((giver.id, member.id)):
                await credits.enrol(session, user, now, services.plan)
            if await shop.give(session, str(interaction.id), giver.id, member.id, amount, now):
                text = texts.gift(giver.mention, amount)
                await letters.write(session, member.id, text, now)
        await interaction.response.send_message(texts.given(member.id, amount), ephemeral=True)

    @app_commands.command(description="Moderators: hand packs of credits to a member")
    @app_commands.rename(number="packs")
    @app_commands.describe(member="To whom", number="How many packs; one if you leave it out")
    @app_commands.default_permissions(manage_messages=True)
    @app_commands.guild_only()
    async def grant(
        self, interaction: Interaction, member: discord.User, number: Range[int, 1, MOST_PACKS] = 1
    ) -> None:
        """Not to oneself; who handed it out is kept."""
        check_moderator(interaction)
        _check_person(member)
        if member.id == interaction.user.id:
            raise OwnGrant
        services = services_of(interaction)
        amount = number * services.config.credits.pack_credits
        key = f"grant:{interaction.id}"
        await packs.grant(services, key, member.id, amount, interaction.user.id)
        await interaction.response.send_message(texts.granted(member.id, amount), ephemeral=True)


def _check_person(user: discord.User) -> None:
    """Raises NoWallet."""
    if user.bot:
        raise NoWallet
