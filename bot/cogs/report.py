"""`/report`: tells moderators of pictures that should not be there."""

from discord import app_commands
from discord.app_commands import Range
from discord.ext import commands

from bot.answers import Interaction
from bot.moderation import reports


class Report(commands.Cog):
    """The command; the menu of a message does the same."""

    @app_commands.command(description="Tell the moderators of pictures that should not be here")
    @app_commands.describe(number="The number above them, such as 12")
    @app_commands.guild_only()
    async def report(self, interaction: Interaction, number: Range[int, 1]) -> None:
        """Asks what is wrong with them."""
        await reports.ask(interaction, number)
