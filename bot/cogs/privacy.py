"""`/privacy`: what is kept of a member, for them to have or to have deleted."""

from discord import app_commands
from discord.ext import commands

from bot.answers import Interaction, services_of
from bot.presenters import privacy as texts
from bot.privacy import link_to_archive, question, send_archive


class Privacy(commands.GroupCog, name="privacy", description="What is kept of you"):
    """The commands. All answers are for their member alone."""

    @app_commands.command(description="Get your prompts, pictures, credits and record, as a zip")
    async def export(self, interaction: Interaction) -> None:
        """By a link, or by direct message where there is no page for it."""
        services = services_of(interaction)
        view = link_to_archive(services, interaction.user.id)
        if view is not None:
            await interaction.response.send_message(view=view, ephemeral=True)
            return
        await interaction.response.send_message(texts.on_its_way(), ephemeral=True)
        await send_archive(services, interaction.user)

    @app_commands.command(description="Delete your prompts and pictures")
    async def delete(self, interaction: Interaction) -> None:
        """Says first what that means; nothing is deleted before the button is pressed."""
        await interaction.response.send_message(view=question(), ephemeral=True)
