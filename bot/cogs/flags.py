"""`/flags`: what the prompt policy noticed in this server, for its moderators."""

from discord import app_commands
from discord.ext import commands

from bot.answers import Interaction, services_of
from bot.lists import flags_of


class Flags(commands.Cog):
    """The command. Its permission is checked again here: a server may show it to anyone."""

    @app_commands.command(description="Moderators: see the latest prompts that were flagged")
    @app_commands.default_permissions(manage_messages=True)
    @app_commands.checks.has_permissions(manage_messages=True)
    @app_commands.guild_only()
    async def flags(self, interaction: Interaction) -> None:
        """Answers so that only the moderator sees it."""
        assert interaction.guild_id is not None
        view = await flags_of(services_of(interaction), interaction.guild_id)
        await interaction.response.send_message(view=view, ephemeral=True)
