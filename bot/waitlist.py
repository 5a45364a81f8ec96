"""A server's waiting list as its moderators see it, and letting members in.

Knows no commands.
"""

from collections.abc import Collection
from typing import Any

import discord

from bot.answers import Interaction, check_moderator, services_of
from bot.buttons import IdItem
from bot.layout import layout
from bot.presenters import entry as texts
from db import admissions, guilds, letters

MOST = 25


class LetIn(IdItem, discord.ui.DynamicItem[discord.ui.UserSelect[Any]], template=r"letin"):
    """Lets in whom a moderator chooses, on the list or not."""

    def __init__(self) -> None:
        super().__init__(
            discord.ui.UserSelect(custom_id="letin", placeholder=texts.PICK, max_values=MOST)
        )

    async def press(self, interaction: Interaction) -> None:
        """Only for moderators."""
        await let_in(interaction, [user.id for user in self.item.values if not user.bot])


BUTTONS = (LetIn,)


async def let_in(interaction: Interaction, user_ids: Collection[int]) -> None:
    """Lets members in, writes to each who is new, and says who they are."""
    guild_id = check_moderator(interaction)
    assert interaction.guild is not None
    database = services_of(interaction).database
    async with database.write() as session:
        now = await database.now(session)
        new = await admissions.admit(session, guild_id, user_ids, interaction.user.id, now)
        for user_id in new:
            text = texts.invitation(interaction.guild.name)
            await letters.write(session, user_id, text, now)
    await interaction.response.send_message(texts.admitted(new), ephemeral=True)


async def panel(interaction: Interaction) -> discord.ui.LayoutView:
    """How the list stands, and a menu to let members in."""
    guild_id = check_moderator(interaction)
    async with services_of(interaction).database.read() as session:
        access = (await guilds.get(session, guild_id)).access
        waits, came_in = await admissions.counts(session, guild_id)
        names = await admissions.waiting(session, guild_id, texts.NAMED)
    text = texts.listed(access, waits, came_in, names)
    return layout(discord.ui.TextDisplay(text), discord.ui.ActionRow(LetIn()))
