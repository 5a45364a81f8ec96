"""`/mod figures`: the people whom nobody may have drawn in a server, for its moderators."""

from discord import app_commands
from discord.app_commands import Choice, Range

from bot.answers import Interaction, check_moderator, services_of
from bot.layout import page
from bot.moderation import figures
from bot.presenters import mod as texts

LONGEST = 100
OFFERED = 25
"""Names that Discord shows below a field."""


class FigureCommands(app_commands.Group):
    """The commands; `/mod` checks who uses them."""

    @app_commands.command(description="Let nobody have a person drawn here")
    @app_commands.describe(name="Their full name, or a single name that is theirs alone")
    async def add(self, interaction: Interaction, name: Range[str, 1, LONGEST]) -> None:
        """Holds from the next prompt on."""
        guild_id = check_moderator(interaction)
        shown = await figures.protect(
            services_of(interaction), guild_id, name.strip(), interaction.user.id
        )
        await interaction.response.send_message(texts.protected(shown), ephemeral=True)

    @app_commands.command(description="Let a person of the list be drawn here")
    @app_commands.describe(name="One of the list")
    async def remove(self, interaction: Interaction, name: Range[str, 1, LONGEST]) -> None:
        """Holds from the next prompt on."""
        guild_id = check_moderator(interaction)
        shown = await figures.spare(services_of(interaction), guild_id, name, interaction.user.id)
        await interaction.response.send_message(texts.spared(shown), ephemeral=True)

    @remove.autocomplete("name")
    async def _offer(self, interaction: Interaction, typed: str) -> list[Choice[str]]:
        """Names of the list that hold what was typed."""
        guild_id = check_moderator(interaction)
        found = await figures.listed(services_of(interaction), guild_id, typed)
        return [Choice(name=name, value=name) for name in found[:OFFERED]]

    @app_commands.command(name="list", description="See who may not be drawn here")
    @app_commands.describe(words="A part of the name; all if you leave it out")
    async def list_(
        self, interaction: Interaction, words: Range[str, 1, LONGEST] | None = None
    ) -> None:
        """Answers with the server's changes and the names that fit."""
        guild_id = check_moderator(interaction)
        services = services_of(interaction)
        found = await figures.listed(services, guild_id, words or "")
        async with services.database.read() as session:
            change = await figures.changed(session, guild_id)
        text = texts.figures(found, change.added, change.spared)
        await interaction.response.send_message(view=page(text), ephemeral=True)
