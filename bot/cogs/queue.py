"""`/queue`: a member's own requests that are not finished."""

from discord import app_commands
from discord.ext import commands

from bot.answers import Interaction, services_of
from bot.lists import queue_of


class Queue(commands.Cog):
    """The command."""

    @app_commands.command(description="See your requests that are waiting, and cancel them")
    async def queue(self, interaction: Interaction) -> None:
        """Answers so that only the member sees it."""
        view = await queue_of(services_of(interaction), interaction.user.id)
        await interaction.response.send_message(view=view, ephemeral=True)
