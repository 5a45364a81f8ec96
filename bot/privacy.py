"""A member's data: getting all of it, and having it deleted. Knows no commands."""

import io

import discord

from bot import mail
from bot.answers import Interaction, services_of
from bot.archive import archives
from bot.buttons import IdButton
from bot.layout import layout, page
from bot.presenters import privacy as texts
from bot.services import Services
from bot.web import archive as web
from db import privacy

PART = discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES


class Forget(IdButton, template=r"forget"):
    """Deletes all that is kept of whoever presses it."""

    def __init__(self) -> None:
        super().__init__("forget", texts.DELETE, style=discord.ButtonStyle.danger)

    async def press(self, interaction: Interaction) -> None:
        """A second time there is nothing left to delete."""
        await interaction.response.defer()
        services = services_of(interaction)
        async with services.database.write() as session:
            now = await services.database.now(session)
            gone = await privacy.forget(session, interaction.user.id, now)
        for key in gone.evidence:
            await services.store.delete(key)
        await interaction.edit_original_response(view=page(texts.deleted(gone)))


BUTTONS = (Forget,)


def question() -> discord.ui.LayoutView:
    """What deleting means, and the button."""
    return layout(discord.ui.TextDisplay(texts.ask()), discord.ui.ActionRow(Forget()))


def link_to_archive(services: Services, user_id: int) -> discord.ui.LayoutView | None:
    """A link to the member's archive; None where there is no page for it."""
    url = web.link(services, user_id)
    if url is None:
        return None
    button: discord.ui.Button[discord.ui.LayoutView] = discord.ui.Button(label=texts.LINK, url=url)
    return layout(discord.ui.TextDisplay(texts.link()), discord.ui.ActionRow(button))


async def send_archive(services: Services, user: discord.User | discord.Member) -> None:
    """Sends the member's archive by direct message, in parts. Raises NoDirectMessages."""
    number = 0
    with mail.taken():
        async for archive in archives(services, user.id, PART):
            number += 1
            file = discord.File(io.BytesIO(archive.read()), f"five-squares-{number}.zip")
            await user.send(texts.part(number), file=file)
        await user.send(texts.complete(number))
