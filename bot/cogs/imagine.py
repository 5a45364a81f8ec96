"""`/imagine`: pictures of a prompt. Knows nothing of how they are made or shown."""

from typing import Any

from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from bot.answers import Interaction, services_of
from bot.presenters.job import PRIVATE
from bot.request import IMAGES_LIMIT, PROMPT_LIMIT, SEED_LIMIT, Request
from bot.views import place
from db import lanes
from db.tables import Operation

CHOICES = 25  # as many as Discord shows
CHOICE_LENGTH = 100


class Imagine(commands.Cog):
    """The command and the ideas it offers while a member types."""

    @app_commands.command(description="Make pictures of what you describe")
    @app_commands.describe(
        prompt="What to show, for example: a red cube above a blue ball",
        images="How many pictures, 1 to 4; four if you leave it out",
        seed="A number that makes the same pictures again",
        private=PRIVATE,
    )
    @app_commands.guild_only()
    async def imagine(
        self,
        interaction: Interaction,
        prompt: Range[str, 1, PROMPT_LIMIT],
        images: Range[int, 1, IMAGES_LIMIT] = IMAGES_LIMIT,
        seed: Range[int, 0, SEED_LIMIT] | None = None,
        private: bool = False,
    ) -> None:
        """Answers with the job's message, within three seconds of the command."""
        request = Request(Operation.text_to_image, prompt, images, seed)
        await place(interaction, request, private=private)

    @imagine.autocomplete("prompt")
    async def ideas(self, interaction: Interaction, current: str) -> list[Choice[str]]:
        """Prompts that the model is good at and that hold the words typed so far."""
        services = services_of(interaction)
        async with services.database.read() as session:
            card: dict[str, Any] = await lanes.card(session, services.config.model) or {}
        words = current.lower().split()
        fitting = [
            idea
            for idea in card.get("ideas", [])
            if len(idea) <= CHOICE_LENGTH and all(word in idea.lower() for word in words)
        ]
        return [Choice(name=idea, value=idea) for idea in fitting[:CHOICES]]
