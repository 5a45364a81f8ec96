"""The lists that only one member sees, and their buttons: waiting requests and flags."""

import discord

from bot.answers import Interaction, may_moderate, services_of
from bot.buttons import IdButton, NotYours, job_of
from bot.presenters import job as texts
from bot.presenters import lists
from bot.services import Services
from bot.views import Item, layout, link_to, page
from db import flags, jobs

REQUESTS_SHOWN = 10
FLAGS_SHOWN = 8


class Drop(IdButton, template=r"drop:(\d{1,18})"):
    """Cancels a request from the list of one's own."""

    def __init__(self, job_id: int) -> None:
        super().__init__(f"drop:{job_id}", "Cancel", style=discord.ButtonStyle.danger)
        self.job_id = job_id

    async def press(self, interaction: Interaction) -> None:
        """Shows the list as it is then; delivery tells it in the job's own message."""
        services = services_of(interaction)
        job = await job_of(services.database, interaction, self.job_id)
        if job.user_id != interaction.user.id:
            raise NotYours
        async with services.database.write() as session:
            now = await services.database.now(session)
            cancelled = await jobs.cancel(session, job.id, now)
        if not cancelled:
            await interaction.response.send_message(texts.too_late(), ephemeral=True)
            return
        view = await queue_of(services, interaction.user.id)
        await interaction.response.edit_message(view=view)


class Older(IdButton, template=r"flags:(\d{1,18})"):
    """Turns the page of the flags."""

    def __init__(self, before_id: int) -> None:
        super().__init__(f"flags:{before_id}", "Older")
        self.before_id = before_id

    async def press(self, interaction: Interaction) -> None:
        """Only for moderators, whoever could see the list before."""
        if not may_moderate(interaction) or interaction.guild_id is None:
            raise discord.app_commands.MissingPermissions(["manage_messages"])
        services = services_of(interaction)
        view = await flags_of(services, interaction.guild_id, self.before_id)
        await interaction.response.edit_message(view=view)


BUTTONS = (Drop, Older)


async def queue_of(services: Services, user_id: int) -> discord.ui.LayoutView:
    """A member's requests that are not finished, each with its place and Cancel."""
    items: list[Item] = []
    async with services.database.read() as session:
        now = await services.database.now(session)
        mine = await jobs.unfinished(session, user_id)
        for job in mine[:REQUESTS_SHOWN]:
            position = await jobs.position(session, job.id)
            eta = await jobs.eta(session, job.id, now)
            text = lists.request(job, position, eta, link_to(job))
            items.append(discord.ui.Section(text, accessory=Drop(job.id)))
    if len(mine) > REQUESTS_SHOWN:
        items.append(discord.ui.TextDisplay(lists.more(len(mine) - REQUESTS_SHOWN)))
    return layout(*items) if items else page(lists.nothing_waits())


async def flags_of(
    services: Services, guild_id: int, before_id: int | None = None
) -> discord.ui.LayoutView:
    """A page of a server's flags, the newest first."""
    async with services.database.read() as session:
        found = await flags.latest(session, guild_id, FLAGS_SHOWN + 1, before_id)
    shown = found[:FLAGS_SHOWN]
    items: list[Item] = [discord.ui.TextDisplay(lists.flags(shown))]
    if len(found) > FLAGS_SHOWN:
        items.append(discord.ui.ActionRow(Older(shown[-1].id)))
    return layout(*items)
