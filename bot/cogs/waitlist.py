"""`/waitlist`: how members come in while a server is not open to all."""

import discord
from discord import app_commands
from discord.app_commands import Range
from discord.ext import commands

from bot import waitlist
from bot.answers import Interaction, check_moderator, services_of
from bot.presenters import entry as texts
from db import admissions
from db.errors import FiveSquaresError
from db.flag_tables import Access

MOST_AT_ONCE = 500


class NotForBots(FiveSquaresError):
    """Other bots can't make pictures here, so none is let in."""


@app_commands.guild_only()
class Waitlist(commands.GroupCog, name="waitlist", description="Being let in, step by step"):
    """The commands. Who may let in is checked here: everybody sees them."""

    @app_commands.command(description="Put yourself on this server's waiting list")
    async def join(self, interaction: Interaction) -> None:
        """Says where on the list the member is; a second time changes nothing."""
        assert interaction.guild_id is not None
        guild_id, user_id = interaction.guild_id, interaction.user.id
        database = services_of(interaction).database
        async with database.write() as session:
            access = await admissions.barrier(session, guild_id, user_id)
            text = texts.not_now() if access else texts.inside()
            if access is Access.waitlist:
                now = await database.now(session)
                admission = await admissions.join(session, guild_id, user_id, now)
                text = texts.joined(await admissions.ahead_of(session, admission))
        await interaction.response.send_message(text, ephemeral=True)

    @app_commands.command(description="Moderators: see the list, and let members in")
    @app_commands.describe(
        number="So many of those who wait longest",
        member="This one, on the list or not",
    )
    async def admit(
        self,
        interaction: Interaction,
        number: Range[int, 1, MOST_AT_ONCE] | None = None,
        member: discord.User | None = None,
    ) -> None:
        """Without a number or a member it shows the list. Raises NotForBots."""
        guild_id = check_moderator(interaction)
        if member is not None and member.bot:
            raise NotForBots
        if number is None and member is None:
            view = await waitlist.panel(interaction)
            await interaction.response.send_message(view=view, ephemeral=True)
            return
        async with services_of(interaction).database.read() as session:
            chosen = await admissions.waiting(session, guild_id, number) if number else []
        await waitlist.let_in(interaction, [*chosen, member.id] if member else chosen)
