"""`/verify image`: was this picture made here."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.answers import Interaction, services_of
from bot.layout import page
from bot.presenters import verify as texts
from bot.sources import opening, read
from verification import verify


@app_commands.guild_only()
class Verify(commands.GroupCog, name="verify", description="Find out where a picture is from"):
    """The command."""

    @app_commands.command(description="Was this picture made here?")
    @app_commands.describe(image="PNG, JPEG or WebP; the original file tells more than a copy")
    async def image(self, interaction: Interaction, image: discord.Attachment) -> None:
        """Answers so that only the member sees it. The file is not kept."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        data = await read(image)
        async with opening:
            found = await verify(data, services_of(interaction).database)
        await interaction.followup.send(view=page(texts.verified(found)), ephemeral=True)
