"""`/settings`: what is chosen for a server, in one panel."""

from discord import app_commands
from discord.ext import commands

from bot.answers import Interaction, check_manager, services_of
from bot.settings import panel


class Settings(commands.Cog):
    """The command. Its permission is checked again here: a server may show it to anyone."""

    @app_commands.command(description="Choose channels, spoilers, buttons and roles of this server")
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.guild_only()
    async def settings(self, interaction: Interaction) -> None:
        """Answers with the panel, for whoever asked alone."""
        check_manager(interaction)
        assert interaction.guild is not None
        view = await panel(services_of(interaction), interaction.guild)
        await interaction.response.send_message(view=view, ephemeral=True)
