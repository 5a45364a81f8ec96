"""One picture by itself: its layout, and what can be done with a picture.

Everything here names a picture by its id, so it works for one that a member brought, too.
"""

from collections.abc import Sequence

import discord

from bot import pictures
from bot.answers import Interaction, check_may_post, services_of
from bot.buttons import (
    IdButton,
    IdSelect,
    check_owner,
    image_of,
    job_of,
    offered,
    picture_of,
)
from bot.judge import check_may_ask
from bot.layout import Item, layout
from bot.pictures import Content, Picture
from bot.presenters import job as texts
from bot.presenters import picture as words
from bot.presenters.text import priced
from bot.region import EditArea
from bot.request import extension, variation
from bot.services import Services
from bot.share import Share
from bot.views import place
from bot.web import original
from db import copies, guilds, images, lanes
from db.tables import Image, Job, Operation


class Show(IdButton, template=r"u:(\d{1,18})"):
    """Posts one picture alone, at its full size."""

    def __init__(self, image_id: int, number: int = 0) -> None:
        super().__init__(f"u:{image_id}", f"U{number}")
        self.image_id = image_id

    async def press(self, interaction: Interaction) -> None:
        """For all to see, unless the grid itself is for one member's eyes."""
        message = interaction.message
        await show(interaction, self.image_id, message is not None and message.flags.ephemeral)


class Vary(IdButton, template=r"v:(\d{1,18})"):
    """Asks for variations of one picture; whoever clicks pays."""

    operation = Operation.variation

    def __init__(self, image_id: int, label: str = "Variations", cost: int = 0) -> None:
        style = discord.ButtonStyle.primary
        super().__init__(f"v:{image_id}", priced(label, cost), style=style)
        self.image_id = image_id

    async def press(self, interaction: Interaction) -> None:
        """Places a job like the command does."""
        image, job = await image_of(interaction, self.image_id)
        await place(interaction, variation(image, job), guild_id=job.guild_id if job else None)


class Extend(IdSelect, template=r"extend:(\d{1,18})"):
    """Paints past the border of a picture, where its choice says; whoever chooses pays."""

    operation = Operation.outpaint

    def __init__(self, image_id: int, label: str = "↔️ Extend", cost: int = 0) -> None:
        super().__init__(f"extend:{image_id}", priced(label, cost), words.EXTENSIONS)
        self.image_id = image_id

    async def press(self, interaction: Interaction) -> None:
        """Places a job like the command does."""
        image, job = await image_of(interaction, self.image_id)
        request = extension("", image, self.choice)
        await place(interaction, request, guild_id=job.guild_id if job else None)


class Original(IdButton, template=r"orig:(\d{1,18})"):
    """Gives the picture as it was made, to whoever asks."""

    def __init__(self, image_id: int) -> None:
        super().__init__(f"orig:{image_id}", "Original", emoji="⬇️")
        self.image_id = image_id

    async def press(self, interaction: Interaction) -> None:
        """As a file of its own, or by a link where it is more than Discord takes here."""
        _, image = await picture_of(interaction, self.image_id)
        await interaction.response.defer(ephemeral=True, thinking=True)
        services, limit = services_of(interaction), interaction.filesize_limit
        full = await pictures.original(services.store, image)
        if len(full.data) <= limit:
            await interaction.followup.send(file=full.file(), ephemeral=True)
            return
        if url := original.link(services, image):
            await interaction.followup.send(view=_download(url), ephemeral=True)
            return
        [smaller] = await pictures.load(services.store, [image], limit)
        await interaction.followup.send(words.smaller(), file=smaller.file(), ephemeral=True)


class Star(IdButton, template=r"star:(\d{1,18})"):
    """Puts a picture among one's favourites."""

    def __init__(self, image_id: int) -> None:
        super().__init__(f"star:{image_id}", emoji="⭐")
        self.image_id = image_id

    async def press(self, interaction: Interaction) -> None:
        """The answer can take it off again."""
        job, image = await picture_of(interaction, self.image_id)
        database = services_of(interaction).database
        async with database.write() as session:
            now = await database.now(session)
            await images.star(session, interaction.user.id, image.id, now)
        view = layout(
            discord.ui.TextDisplay(words.starred(job, image)),
            discord.ui.ActionRow(Unstar(image.id)),
        )
        await interaction.response.send_message(view=view, ephemeral=True)


class Unstar(IdButton, template=r"unstar:(\d{1,18})"):
    """Takes a picture off one's favourites."""

    def __init__(self, image_id: int) -> None:
        super().__init__(f"unstar:{image_id}", "Take it off")
        self.image_id = image_id

    async def press(self, interaction: Interaction) -> None:
        """Changes nobody's favourites but one's own."""
        async with services_of(interaction).database.write() as session:
            await images.unstar(session, interaction.user.id, self.image_id)
        view = layout(discord.ui.TextDisplay(words.unstarred()))
        await interaction.response.edit_message(view=view)


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
        if interaction.message is not None:
            async with database.write() as session:
                await copies.forget(session, interaction.message.id)


BUTTONS = (Show, Vary, Extend, Original, Star, Unstar, Remove)


def _download(url: str) -> discord.ui.LayoutView:
    button: discord.ui.Button[discord.ui.LayoutView] = discord.ui.Button(
        label=words.DOWNLOAD, url=url
    )
    return layout(discord.ui.TextDisplay(words.too_large()), discord.ui.ActionRow(button))


async def show(interaction: Interaction, image_id: int, private: bool) -> None:
    """Answers with one picture, in two steps: reading it may take longer than 3 s.

    Raises JobGone, PictureGone or MayNotPost; for all to see also Blocked or NotAdmitted.
    """
    services = services_of(interaction)
    job, image = await picture_of(interaction, image_id)
    if not private:
        await check_may_ask(services, interaction.user.id, interaction.guild_id)
        check_may_post(interaction)
    await interaction.response.defer(ephemeral=private, thinking=private)
    content = await content_of(services, job, image, interaction.filesize_limit)
    sent = await interaction.followup.send(
        view=content.view, files=content.files(), ephemeral=private, wait=True
    )
    if not private:
        async with services.database.write() as session:
            await copies.add(session, image.id, sent.channel.id, sent.id)


async def content_of(services: Services, job: Job, image: Image, limit: int) -> Content:
    """One picture by itself and its buttons, as a file of at most `limit` bytes."""
    [picture] = await pictures.load(services.store, [image], limit)
    async with services.database.read() as session:
        hidden = await guilds.hides(session, job)
        missing = await lanes.missing(session, services.config.model)
        showcase = job.guild_id and (await guilds.get(session, job.guild_id)).showcase_channel_id
    cost = services.config.credits.edit_cost
    sharing = [Share(image.id)] if showcase else []
    rows: Sequence[Sequence[Item]] = (
        [Vary(image.id, cost=cost), EditArea(image.id)],
        [Extend(image.id, cost=cost)],
        [Original(image.id), Star(image.id), *sharing, Remove(job.id)],
    )
    view = layout(
        discord.ui.TextDisplay(texts.alone(job, image)),
        discord.ui.MediaGallery(gallery_item(job, image, picture, hidden)),
        *(discord.ui.ActionRow(*row) for row in (offered(row, missing) for row in rows) if row),
    )
    return Content(view, [picture])


def gallery_item(
    job: Job, image: Image, picture: Picture, hidden: bool
) -> discord.MediaGalleryItem:
    """A picture with its words for whoever does not see it."""
    words_of_it = texts.alt_text(job, image.index + 1)
    return discord.MediaGalleryItem(picture.address, description=words_of_it, spoiler=hidden)
