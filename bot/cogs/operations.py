"""The commands that begin with a picture. Know nothing of how pictures are made or shown."""

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from bot import region, sources
from bot.answers import Interaction, check_channel, check_may_post
from bot.buttons import image_of
from bot.offer import serves
from bot.presenters import picture as words
from bot.presenters.job import PRIVATE
from bot.request import PROMPT_LIMIT, edit_of, extension, variation
from bot.views import place
from db.tables import Operation

DIRECTIONS = [Choice(name=name, value=key) for key, name in words.EXTENSIONS.items()]
PICTURE = "A picture to begin with: PNG, JPEG or WebP"
EARLIER = "Or one of your earlier pictures"
Prompt = Range[str, 1, PROMPT_LIMIT]
Upload = discord.Attachment


class Operations(commands.Cog):
    """The commands, and the earlier pictures that they offer while a member types."""

    @app_commands.command(
        description="Make variations of a picture", extras=serves(Operation.variation)
    )
    @app_commands.describe(image=PICTURE, earlier=EARLIER, private=PRIVATE)
    @app_commands.guild_only()
    async def variations(
        self,
        interaction: Interaction,
        image: Upload | None = None,
        earlier: str | None = None,
        private: bool = False,
    ) -> None:
        """Three pictures that keep what the first is about."""
        await _defer_for(interaction, image, private)
        source = await sources.chosen(interaction, image, earlier)
        await place(
            interaction, variation(*await image_of(interaction, source.id)), private=private
        )

    @app_commands.command(
        description="Paint a part of a picture anew", extras=serves(Operation.inpaint)
    )
    @app_commands.describe(
        prompt="What the whole picture should show afterwards",
        image=PICTURE,
        earlier=EARLIER,
        mask="A PNG whose transparent or white part is painted anew; you can choose it later",
        private=PRIVATE,
    )
    @app_commands.guild_only()
    async def edit(
        self,
        interaction: Interaction,
        prompt: Prompt,
        image: Upload | None = None,
        earlier: str | None = None,
        mask: Upload | None = None,
        private: bool = False,
    ) -> None:
        """Shows the region before anything is charged."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        source = await sources.chosen(interaction, image, earlier)
        await region.begin(interaction, source, prompt, mask, private=private)

    @app_commands.command(
        description="Paint a picture on, past its border", extras=serves(Operation.outpaint)
    )
    @app_commands.describe(
        direction="Where to",
        image=PICTURE,
        earlier=EARLIER,
        amount="How far, as a share of the picture's side; half of it if you leave it out",
        prompt="What to show there; more of the same if you leave it out",
        private=PRIVATE,
    )
    @app_commands.choices(direction=DIRECTIONS)
    @app_commands.guild_only()
    async def outpaint(
        self,
        interaction: Interaction,
        direction: str,
        image: Upload | None = None,
        earlier: str | None = None,
        amount: Range[float, 0.25, 1.0] | None = None,
        prompt: Prompt | None = None,
        private: bool = False,
    ) -> None:
        """Three pictures that hold the first unchanged."""
        await _defer_for(interaction, image, private)
        source = await sources.chosen(interaction, image, earlier)
        request = extension(prompt or "", source, direction, amount)
        await place(interaction, request, private=private)

    @app_commands.command(description="Blend two pictures", extras=serves(Operation.interpolate))
    @app_commands.describe(
        image1=PICTURE,
        image2="The other picture",
        earlier1=EARLIER,
        earlier2="Or one of your earlier pictures, as the other one",
        strength="How much of the other picture, 0 to 1; half if you leave it out",
        private=PRIVATE,
    )
    @app_commands.guild_only()
    async def blend(
        self,
        interaction: Interaction,
        image1: Upload | None = None,
        image2: Upload | None = None,
        earlier1: str | None = None,
        earlier2: str | None = None,
        strength: Range[float, 0.0, 1.0] = 0.5,
        private: bool = False,
    ) -> None:
        """Three steps on the way from one to the other, around the strength."""
        await _defer_for(interaction, image1 or image2, private)
        one = await sources.chosen(interaction, image1, earlier1, "1")
        other = await sources.chosen(interaction, image2, earlier2, "2")
        request = edit_of(Operation.interpolate, "", one.id, other.id, t=strength)
        await place(interaction, request, private=private)

    @app_commands.command(
        description="Change a picture by words: from this, to that",
        extras=serves(Operation.text_diff),
    )
    @app_commands.rename(before="from")
    @app_commands.describe(
        before="What the whole picture shows now, for example: a house by day",
        to="What the whole picture should show, for example: a house at night",
        image=PICTURE,
        earlier=EARLIER,
        private=PRIVATE,
    )
    @app_commands.guild_only()
    async def remix(
        self,
        interaction: Interaction,
        before: Prompt,
        to: Prompt,
        image: Upload | None = None,
        earlier: str | None = None,
        private: bool = False,
    ) -> None:
        """Three steps, each further than the one before."""
        await _defer_for(interaction, image, private)
        source = await sources.chosen(interaction, image, earlier)
        request = edit_of(Operation.text_diff, to, source.id, before=before)
        await place(interaction, request, private=private)

    @variations.autocomplete("earlier")
    @edit.autocomplete("earlier")
    @outpaint.autocomplete("earlier")
    @blend.autocomplete("earlier1")
    @blend.autocomplete("earlier2")
    @remix.autocomplete("earlier")
    async def earlier(self, interaction: Interaction, current: str) -> list[Choice[str]]:
        """The member's own."""
        return await sources.offered(interaction, current)


async def _defer_for(interaction: Interaction, upload: Upload | None, private: bool) -> None:
    """Asks for time where a file is to be read; what surely fails is refused first."""
    await check_channel(interaction)
    if not private:
        check_may_post(interaction)
    if upload is not None:
        await interaction.response.defer(thinking=True, ephemeral=private)
