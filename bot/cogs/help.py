"""`/help`: how to use the bot, topic by topic."""

from discord import app_commands
from discord.ext import commands

from bot.answers import Interaction, services_of
from bot.layout import page
from bot.presenters import guide, privacy
from bot.presenters.guide import Topic
from bot.services import Services
from db import lanes


class Help(commands.Cog):
    """The command."""

    @app_commands.command(description="How to make pictures here")
    @app_commands.describe(topic="What you want to know about")
    async def help(self, interaction: Interaction, topic: Topic = Topic.start) -> None:
        """Answers so that only the member sees it."""
        text = await _text(interaction, topic)
        await interaction.response.send_message(view=page(text), ephemeral=True)


async def _text(interaction: Interaction, topic: Topic) -> str:
    services = services_of(interaction)
    match topic:
        case Topic.start:
            return guide.start(await _missing(services))
        case Topic.buttons:
            return guide.buttons(services.config.credits)
        case Topic.pictures:
            return guide.pictures(services.config.credits, await _missing(services))
        case Topic.credits:
            return guide.credits(services.config.credits)
        case Topic.rules:
            return guide.rules()
        case Topic.privacy:
            return privacy.guide(services.config.retention)
        case Topic.model:
            return guide.model(await _missing(services))
        case Topic.words:
            async with services.database.read() as session:
                card = await lanes.card(session, services.config.model) or {}
            return guide.words(card.get("vocabulary", []))


async def _missing(services: Services) -> dict[str, str]:
    async with services.database.read() as session:
        return await lanes.missing(session, services.config.model)
