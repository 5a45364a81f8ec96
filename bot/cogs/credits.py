"""`/credits`: a member's balance. Knows nothing of what credits are spent on."""

from discord import app_commands
from discord.ext import commands

from bot.answers import Interaction, services_of
from bot.layout import page
from bot.presenters.wallet import wallet
from db import credits


class Credits(commands.Cog):
    """The command."""

    @app_commands.command(description="See your balance, when it is refilled, and what you spent")
    async def credits(self, interaction: Interaction) -> None:
        """Answers so that only the member sees it. The first use makes their wallet."""
        services = services_of(interaction)
        async with services.database.write() as session:
            now = await services.database.now(session)
            await credits.enrol(session, interaction.user.id, now, services.plan)
            text = wallet(await credits.statement(session, interaction.user.id, now))
        await interaction.response.send_message(view=page(text), ephemeral=True)
