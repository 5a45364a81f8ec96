"""`/setup` and `/feedback`: what a host looks at first, and what members tell the host."""

from discord import app_commands
from discord.app_commands import Range
from discord.ext import commands

from bot.answers import Interaction, check_manager, services_of
from bot.checkup import examine
from bot.layout import page
from bot.presenters import checkup, entry
from db import letters

LONGEST = 800


class Setup(commands.Cog):
    """The commands. What only managers may do is checked here again."""

    @app_commands.command(description="Check that all the bot needs is there")
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.guild_only()
    async def setup(self, interaction: Interaction) -> None:
        """Answers with one list, what is missing first."""
        check_manager(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        found = [(finding.is_well, finding.text) for finding in await examine(interaction)]
        await interaction.followup.send(view=page(checkup.report(found)), ephemeral=True)

    @app_commands.command(description="Tell whoever runs this bot what you think of it")
    @app_commands.describe(text="They also see your name and the server")
    @app_commands.checks.cooldown(3, 3600.0)
    async def feedback(self, interaction: Interaction, text: Range[str, 1, LONGEST]) -> None:
        """By direct message to the host."""
        guild = interaction.guild.name if interaction.guild else ""
        letter = entry.feedback(interaction.user.id, guild, text)
        database = services_of(interaction).database
        async with database.write() as session:
            await letters.write(session, None, letter, await database.now(session))
        await interaction.response.send_message(entry.thanks(), ephemeral=True)
