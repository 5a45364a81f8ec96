"""`/history` and `/show`: looking back at pictures. Know nothing of how those are laid out."""

import re

import discord
from discord import app_commands
from discord.app_commands import Choice
from discord.ext import commands

from bot import history, messages, single, sources
from bot.answers import Interaction, services_of
from bot.layout import page
from bot.pictures import Content
from bot.presenters import gallery
from bot.presenters import job as texts
from bot.sight import sees
from bot.views import link_to
from db import images, jobs
from db.errors import FiveSquaresError
from db.tables import Job

NUMBER = re.compile(r"#?(\d{1,18})(?:-([1-9]))?")
"""A request, or one of its pictures."""
KINDS = [Choice(name=name, value=str(kind)) for kind, name in gallery.FILTERS.items()]


class NothingThere(FiveSquaresError):
    """You can see no picture of that number here. It stands above a picture, such as 12-3; 12 \
shows the whole request."""


class History(commands.Cog):
    """The commands."""

    @app_commands.command(description="Look back at pictures, yours or another member's")
    @app_commands.describe(
        user="Whose pictures; yours if you leave it out",
        show="Which of them; everything if you leave it out",
    )
    @app_commands.choices(show=KINDS)
    async def history(
        self, interaction: Interaction, user: discord.User | None = None, show: str = "all"
    ) -> None:
        """Answers so that only the member sees it."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        content = await history.page_of(interaction, (user or interaction.user).id, show, 0)
        await interaction.followup.send(view=content.view, files=content.files(), ephemeral=True)

    @app_commands.command(description="Show an earlier picture again, with all its buttons")
    @app_commands.describe(number="Its number, such as 12-3; or 12 for all pictures of a request")
    @app_commands.rename(number="id")
    async def show(self, interaction: Interaction, number: app_commands.Range[str, 1, 100]) -> None:
        """Answers so that only the member sees it."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        content = await _found(interaction, number)
        await interaction.followup.send(view=content.view, files=content.files(), ephemeral=True)

    @show.autocomplete("number")
    async def numbers(self, interaction: Interaction, current: str) -> list[Choice[str]]:
        """The member's own."""
        return await sources.offered(interaction, current)


async def _found(interaction: Interaction, number: str) -> Content:
    """What that number names. Raises NothingThere."""
    services, named = services_of(interaction), NUMBER.fullmatch(number.strip())
    if named is None:
        raise NothingThere
    async with services.database.read() as session:
        job = await jobs.get(session, int(named[1]))
    if job is None or not sees(interaction, job):
        raise NothingThere
    if job.finished_at is None:
        return Content(page(texts.already(link_to(job))))
    if named[2] is None:
        content = await messages.finished(services, job, interaction.filesize_limit)
    else:
        content = await _single(interaction, job, int(named[2]))
    if content is None:
        raise NothingThere
    return content


async def _single(interaction: Interaction, job: Job, number: int) -> Content | None:
    """One picture of a request, unless it was deleted."""
    services = services_of(interaction)
    async with services.database.read() as session:
        found = await images.of_job(session, job.id)
    image = next((i for i in found if i.index + 1 == number and i.deleted_at is None), None)
    if image is None:
        return None
    return await single.content_of(services, job, image, interaction.filesize_limit)
