"""`/mywarnings`: what a member's record in this server says."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.answers import Interaction, services_of
from bot.layout import Item, layout
from bot.moderation.appeals import Appeal
from bot.presenters import record as texts
from db import blocks, cases, flags
from db.flag_tables import Deed
from db.flags import Search
from db.standing import WINDOW


class Warnings(commands.Cog):
    """The command."""

    @app_commands.command(description="See your warnings, blocks and cases in this server")
    @app_commands.guild_only()
    async def mywarnings(self, interaction: Interaction) -> None:
        """Answers so that only the member sees it; what can be appealed has a button."""
        assert interaction.guild_id is not None
        user_id, guild_id = interaction.user.id, interaction.guild_id
        database = services_of(interaction).database
        async with database.read() as session:
            now = await database.now(session)
            standing = await flags.standing(session, user_id, guild_id, now - WINDOW)
            block = await blocks.active(session, user_id, guild_id, now)
            warnings = await cases.about(session, user_id, guild_id, Deed.warned)
            recent = await flags.find(session, guild_id, Search(user_id=user_id), texts.SHOWN)
        text: Item = discord.ui.TextDisplay(texts.record(standing, block, warnings, recent))
        open_to = filter(cases.can_be_appealed, recent)
        buttons = [Appeal(flag.id, numbered=True) for flag in open_to]
        view = layout(text, discord.ui.ActionRow(*buttons)) if buttons else layout(text)
        await interaction.response.send_message(view=view, ephemeral=True)
