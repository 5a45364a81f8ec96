"""Accepting the rules: once for each member, and what they asked for then goes on."""

import discord

from bot.answers import Interaction, services_of
from bot.buttons import IdButton
from bot.presenters import entry as texts
from bot.request import kept
from bot.views import place
from db import admissions


class Accept(IdButton, template=r"accept:(\d{1,18})"):
    """Accepts the rules, and asks again for what was asked for before."""

    def __init__(self, wish_id: int) -> None:
        super().__init__(f"accept:{wish_id}", texts.ACCEPT, style=discord.ButtonStyle.success)
        self.wish_id = wish_id

    async def press(self, interaction: Interaction) -> None:
        """The rules make room for thanks; the job is placed once, however often it is pressed."""
        database = services_of(interaction).database
        user_id = interaction.user.id
        async with database.write() as session:
            now = await database.now(session)
            await admissions.accept(session, user_id, now)
            wish = await admissions.wish_of(session, self.wish_id, user_id, now)
        said = texts.accepted(wish is not None)
        await interaction.response.edit_message(content=said, view=None)
        if wish is not None:
            await place(
                interaction, kept(wish.request), wish.request_id,
                private=wish.private, command=wish.command,
            )  # fmt: skip


BUTTONS = (Accept,)
