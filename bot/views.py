"""A job's message: its layouts from queue to pictures, and what the buttons below them do.

Every edit gets a fresh layout. Knows no commands; what a button costs is `submit`'s.
"""

from collections.abc import Sequence
from typing import Any

import discord

from bot import pictures
from bot.answers import Interaction, check_may_post, origin_of, services_of
from bot.buttons import IdButton, check_owner, job_of
from bot.pictures import Picture
from bot.presenters import job as texts
from bot.presenters.sentences import refusal
from bot.presenters.text import message_link
from bot.submit import PictureGone, Request, Submitted, again, submit, variation
from db import images, jobs
from db.tables import Image, Job, State

Item = discord.ui.Item[Any]


async def place(interaction: Interaction, request: Request) -> None:
    """Submits the request and answers with the job's message, which is then on the job.

    A click that made its job before is answered with a link to that. Raises FiveSquaresError.
    """
    check_may_post(interaction)
    services = services_of(interaction)
    submitted = await submit(services, request, origin_of(interaction))
    job = submitted.job
    if not submitted.created:
        await interaction.response.send_message(texts.already(link_to(job)), ephemeral=True)
        return
    answer = await interaction.response.send_message(view=waiting(submitted))
    assert answer.message_id is not None
    async with services.database.write() as session:
        await jobs.set_message(session, job.id, job.channel_id, answer.message_id)


def link_to(job: Job) -> str | None:
    """The address of the job's message, once it has one."""
    if job.message_id is None:
        return None
    return message_link(job.guild_id, job.channel_id, job.message_id)


class Show(IdButton, template=r"u:(\d{1,18}):([1-4])"):
    """Posts one picture alone, at its full size."""

    def __init__(self, job_id: int, number: int) -> None:
        super().__init__(f"u:{job_id}:{number}", f"U{number}")
        self.job_id, self.number = job_id, number

    async def press(self, interaction: Interaction) -> None:
        """Answers in two steps: reading the picture may take longer than the 3 s for the first."""
        job, image = await picture_of(interaction, self.job_id, self.number)
        check_may_post(interaction)
        await interaction.response.defer()
        store = services_of(interaction).store
        [picture] = await pictures.load(store, [image], interaction.filesize_limit)
        await interaction.followup.send(view=alone(job, self.number, picture), file=picture.file())


class Vary(IdButton, template=r"v:(\d{1,18}):([1-4])"):
    """Asks for variations of one picture; whoever clicks pays."""

    def __init__(self, job_id: int, number: int, label: str | None = None) -> None:
        style = discord.ButtonStyle.primary
        super().__init__(f"v:{job_id}:{number}", label or f"V{number}", style=style)
        self.job_id, self.number = job_id, number

    async def press(self, interaction: Interaction) -> None:
        """Places a job like the command does."""
        job, image = await picture_of(interaction, self.job_id, self.number)
        await place(interaction, variation(job, image))


class Again(IdButton, template=r"again:(\d{1,18})"):
    """Asks for the same with a new seed; whoever clicks pays."""

    def __init__(self, job_id: int) -> None:
        super().__init__(f"again:{job_id}", emoji="🔄")
        self.job_id = job_id

    async def press(self, interaction: Interaction) -> None:
        """Places a job like the command does."""
        job = await job_of(services_of(interaction).database, interaction, self.job_id)
        await place(interaction, again(job))


class Delete(IdButton, template=r"del:(\d{1,18})"):
    """Deletes a job's pictures and their message."""

    def __init__(self, job_id: int) -> None:
        super().__init__(f"del:{job_id}", emoji="🗑️")
        self.job_id = job_id

    async def press(self, interaction: Interaction) -> None:
        """Only for the job's member and for moderators."""
        database = services_of(interaction).database
        check_owner(interaction, await job_of(database, interaction, self.job_id))
        async with database.write() as session:
            await images.delete(session, self.job_id, await database.now(session))
        await interaction.response.defer()
        await interaction.delete_original_response()


class Remove(IdButton, template=r"rm:(\d{1,18})"):
    """Takes the message of a single picture away; the picture stays with its job."""

    def __init__(self, job_id: int) -> None:
        super().__init__(f"rm:{job_id}", emoji="🗑️")
        self.job_id = job_id

    async def press(self, interaction: Interaction) -> None:
        """Only for the job's member and for moderators."""
        database = services_of(interaction).database
        check_owner(interaction, await job_of(database, interaction, self.job_id))
        await interaction.response.defer()
        await interaction.delete_original_response()


class Cancel(IdButton, template=r"cancel:(\d{1,18})"):
    """Takes a job back, queued or running, and with it the credits."""

    def __init__(self, job_id: int) -> None:
        super().__init__(f"cancel:{job_id}", "Cancel", style=discord.ButtonStyle.danger)
        self.job_id = job_id

    async def press(self, interaction: Interaction) -> None:
        """Only for the job's member and for moderators."""
        database = services_of(interaction).database
        job = await job_of(database, interaction, self.job_id)
        check_owner(interaction, job)
        async with database.write() as session:
            cancelled = await jobs.cancel(session, job.id, await database.now(session))
        if cancelled:
            view = ended(job, texts.cancelled(job))
            await interaction.response.edit_message(view=view, attachments=[])
        else:
            await interaction.response.send_message(texts.too_late(), ephemeral=True)


class Why(IdButton, template=r"why:(\d{1,18})"):
    """Says why a request was not carried out, to nobody but those it concerns."""

    def __init__(self, job_id: int) -> None:
        super().__init__(f"why:{job_id}", "Why?")
        self.job_id = job_id

    async def press(self, interaction: Interaction) -> None:
        """Only for the job's member and for moderators."""
        job = await job_of(services_of(interaction).database, interaction, self.job_id)
        check_owner(interaction, job)
        await interaction.response.send_message(refusal(job.error), ephemeral=True)


BUTTONS = (Show, Vary, Again, Delete, Remove, Cancel, Why)


async def picture_of(interaction: Interaction, job_id: int, number: int) -> tuple[Job, Image]:
    """The job and its picture of that number, from 1. Raises JobGone or PictureGone."""
    database = services_of(interaction).database
    job = await job_of(database, interaction, job_id)
    async with database.read() as session:
        found = await images.of_job(session, job_id)
    if len(found) < number or found[number - 1].deleted_at is not None:
        raise PictureGone
    return job, found[number - 1]


def waiting(submitted: Submitted) -> discord.ui.LayoutView:
    """A job that was just queued."""
    job, place_in_line = submitted.job, submitted.position
    text = texts.waiting(job, place_in_line, submitted.eta, submitted.balance)
    return under_way(job, text)


def under_way(job: Job, text: str, preview: Picture | None = None) -> discord.ui.LayoutView:
    """A job in the queue or in the making, with a small preview if there is one."""
    body: Item = discord.ui.TextDisplay(text)
    if preview is not None:
        body = discord.ui.Section(text, accessory=discord.ui.Thumbnail(preview.address))
    return layout(body, discord.ui.ActionRow(Cancel(job.id)))


def result(
    job: Job, text: str, shown: Sequence[Picture], *, varied: bool = True
) -> discord.ui.LayoutView:
    """A job's pictures, which Discord lays out two by two, and their buttons.

    Those for variations are left out where the model can't make any.
    """
    numbers = range(1, len(shown) + 1)
    return layout(
        discord.ui.TextDisplay(text),
        discord.ui.MediaGallery(*(_item(job, n, shown[n - 1]) for n in numbers)),
        discord.ui.ActionRow(*(Show(job.id, n) for n in numbers), Again(job.id)),
        discord.ui.ActionRow(*(Vary(job.id, n) for n in numbers if varied), Delete(job.id)),
    )


def alone(job: Job, number: int, picture: Picture) -> discord.ui.LayoutView:
    """One picture by itself."""
    return layout(
        discord.ui.TextDisplay(texts.alone(job, number)),
        discord.ui.MediaGallery(_item(job, number, picture)),
        discord.ui.ActionRow(Vary(job.id, number, "Variations"), Remove(job.id)),
    )


def ended(job: Job, text: str) -> discord.ui.LayoutView:
    """A job that ended without pictures: try again, or ask why it was stopped."""
    button = Why(job.id) if job.state == State.rejected else Again(job.id)
    return layout(discord.ui.TextDisplay(text), discord.ui.ActionRow(button))


def page(text: str) -> discord.ui.LayoutView:
    """Text alone, of up to 4,000 characters."""
    return layout(discord.ui.TextDisplay(text))


def layout(*items: Item) -> discord.ui.LayoutView:
    """The items below each other. Without a timeout: the buttons answer for themselves."""
    view = discord.ui.LayoutView(timeout=None)
    for item in items:
        view.add_item(item)
    return view


def _item(job: Job, number: int, picture: Picture) -> discord.MediaGalleryItem:
    return discord.MediaGalleryItem(picture.address, description=texts.alt_text(job, number))
