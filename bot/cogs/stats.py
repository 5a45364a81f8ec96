"""`/stats`: a server's days as charts, for its moderators to see and to post."""

import asyncio
from collections.abc import Sequence

import discord
from discord import app_commands
from discord.app_commands import Range
from discord.ext import commands

from bot.answers import Interaction, check_moderator, services_of
from bot.charts import Panel, draw
from bot.layout import layout
from bot.pictures import Picture
from bot.presenters import stats as texts
from db import stats


@app_commands.default_permissions(manage_messages=True)
@app_commands.guild_only()
class Stats(commands.GroupCog, name="stats", description="For moderators: the server in charts"):
    """The commands. Their permission is checked again here: a server may show them to anyone."""

    @app_commands.command(description="Pictures, waiting times, refusals and the device's use")
    @app_commands.describe(days="The last how many days; 30 if you leave it out")
    async def pictures(self, interaction: Interaction, days: Range[int, 2, 90] = 30) -> None:
        """Posts them for all to see: they name nobody."""
        guild_id = check_moderator(interaction)
        await interaction.response.defer(thinking=True)
        database = services_of(interaction).database
        async with database.read() as session:
            found = await stats.days(session, guild_id, days, await database.now(session))
        await _answer(interaction, texts.summary(found), texts.panels(found))

    @app_commands.command(
        description="Cases by where and why, how they ended, how long they waited"
    )
    @app_commands.describe(days="The last how many days; 30 if you leave it out")
    async def moderation(self, interaction: Interaction, days: Range[int, 2, 90] = 30) -> None:
        """Shows them to the moderator alone."""
        guild_id = check_moderator(interaction)
        await interaction.response.defer(thinking=True, ephemeral=True)
        database = services_of(interaction).database
        async with database.read() as session:
            found = await stats.cases(session, guild_id, days, await database.now(session))
        await _answer(interaction, texts.case_summary(found), texts.case_panels(found))


async def _answer(interaction: Interaction, text: str, panels: Sequence[Panel]) -> None:
    """Sends the charts, to those whom the answer was begun for; the text describes them."""
    chart = Picture("stats.png", await asyncio.to_thread(draw, panels))
    shown = discord.MediaGalleryItem(chart.address, description=text.partition("\n")[2])
    view = layout(discord.ui.TextDisplay(text), discord.ui.MediaGallery(shown))
    await interaction.followup.send(view=view, file=chart.file())
