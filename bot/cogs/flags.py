"""`/flags`: the cases that wait for this server's moderators."""

from discord import app_commands
from discord.ext import commands

from bot.answers import Interaction, check_moderator
from bot.moderation.case_list import Filter, cases_of


class Flags(commands.Cog):
    """The command. Its permission is checked again here: a server may show it to anyone."""

    @app_commands.command(description="Moderators: see the cases that nobody has decided yet")
    @app_commands.default_permissions(manage_messages=True)
    @app_commands.guild_only()
    async def flags(self, interaction: Interaction) -> None:
        """Answers so that only the moderator sees it."""
        guild_id = check_moderator(interaction)
        view = await cases_of(interaction, guild_id, Filter("open"))
        await interaction.response.send_message(view=view, ephemeral=True)
