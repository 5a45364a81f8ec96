"""The list of waiting requests that only their member sees, and its buttons."""

import discord

from bot.answers import Interaction, services_of
from bot.buttons import IdButton, NotYours, job_of
from bot.layout import Item, layout, page
from bot.presenters import job as texts
from bot.presenters import lists
from bot.services import Services
from bot.views import link_to
from db import jobs, queue
from db.outlook import outlook

REQUESTS_SHOWN = 10


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
            cancelled = await queue.cancel(session, job.id, now)
        if not cancelled:
            await interaction.response.send_message(texts.too_late(), ephemeral=True)
            return
        view = await queue_of(services, interaction.user.id)
        await interaction.response.edit_message(view=view)


BUTTONS = (Drop,)


async def queue_of(services: Services, user_id: int) -> discord.ui.LayoutView:
    """A member's requests that are not finished, each with its place and Cancel."""
    items: list[Item] = []
    async with services.database.read() as session:
        now = await services.database.now(session)
        mine = await jobs.unfinished(session, user_id)
        for job in mine[:REQUESTS_SHOWN]:
            text = lists.request(job, await outlook(session, job.id, now), link_to(job))
            items.append(discord.ui.Section(text, accessory=Drop(job.id)))
    if len(mine) > REQUESTS_SHOWN:
        items.append(discord.ui.TextDisplay(lists.more(len(mine) - REQUESTS_SHOWN)))
    return layout(*items) if items else page(lists.nothing_waits())
