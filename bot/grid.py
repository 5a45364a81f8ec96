"""A finished job's pictures, and what the buttons below them do."""

from collections.abc import Collection, Sequence

import discord

from bot import mail, pictures
from bot.answers import Interaction, services_of
from bot.buttons import IdButton, JobGone, check_owner, job_of, offered
from bot.layout import Item, layout, page
from bot.pictures import Content, Picture
from bot.presenters import picture as words
from bot.request import SEEDLESS
from bot.single import Show, Vary, gallery_item
from bot.views import Again, EditPrompt, link_to
from config import CreditsConfig
from db import cases, copies, flags, images
from db.flag_tables import Deed
from db.tables import Image, Job, Operation


class Delete(IdButton, template=r"del:(\d{1,18})"):
    """Asks whether a job's pictures are to be deleted; only its member and moderators."""

    def __init__(self, job_id: int) -> None:
        super().__init__(f"del:{job_id}", emoji="🗑️")
        self.job_id = job_id

    async def press(self, interaction: Interaction) -> None:
        """Nothing is deleted yet."""
        job = await job_of(services_of(interaction).database, interaction, self.job_id)
        check_owner(interaction, job)
        view = layout(
            discord.ui.TextDisplay(words.ask_to_delete(job, interaction.user.id)),
            discord.ui.ActionRow(DeleteThem(job.id)),
        )
        if interaction.message is not None and interaction.message.flags.ephemeral:
            # What `/show` brought back can't be called back later: the question takes its place.
            await interaction.response.edit_message(view=view, attachments=[])
        else:
            await interaction.response.send_message(view=view, ephemeral=True)


class DeleteThem(IdButton, template=r"delete:(\d{1,18})"):
    """Deletes a job's pictures, and calls back every message that shows them."""

    def __init__(self, job_id: int) -> None:
        super().__init__(f"delete:{job_id}", words.DELETE, style=discord.ButtonStyle.danger)
        self.job_id = job_id

    async def press(self, interaction: Interaction) -> None:
        """Only for the job's member and for moderators; a case about them says who it was."""
        database = services_of(interaction).database
        job = await job_of(database, interaction, self.job_id)
        check_owner(interaction, job)
        async with database.write() as session:
            now = await database.now(session)
            deleted = await images.delete(session, job.id, now)
            flag = await flags.of_job(session, job.id)
            if deleted and flag is not None:
                who = interaction.user.id
                await cases.note(session, flag, who, Deed.picture_deleted, "", now)
                await flags.post_again(session, flag.id)
        await interaction.response.edit_message(view=page(words.deleted()))


class Info(IdButton, template=r"info:(\d{1,18})"):
    """Tells how a job's pictures were made."""

    def __init__(self, job_id: int) -> None:
        super().__init__(f"info:{job_id}", "Info", emoji="ℹ️")
        self.job_id = job_id

    async def press(self, interaction: Interaction) -> None:
        """Answers so that only the member sees it."""
        database = services_of(interaction).database
        job = await job_of(database, interaction, self.job_id)
        async with database.read() as session:
            found = await images.of_job(session, job.id)
            origins = await images.origins(session, job.params["sources"])
        places = [(image, made, link_to(made) if made else None) for image, made in origins]
        await interaction.response.send_message(
            view=page(words.info(job, found, places)), ephemeral=True
        )


class Save(IdButton, template=r"save:(\d{1,18})"):
    """Sends a job's pictures to whoever clicks, by direct message."""

    def __init__(self, job_id: int) -> None:
        super().__init__(f"save:{job_id}", "Save", emoji="💌")
        self.job_id = job_id

    async def press(self, interaction: Interaction) -> None:
        """Raises NoDirectMessages."""
        services = services_of(interaction)
        job = await job_of(services.database, interaction, self.job_id)
        await interaction.response.defer(ephemeral=True, thinking=True)
        async with services.database.read() as session:
            found = [i for i in await images.of_job(session, job.id) if i.deleted_at is None]
        if not found:
            raise JobGone
        limit = discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES
        shown = await pictures.load(services.store, found, limit)
        content = Content(saved(job, found, shown), shown)
        sent = await mail.send(interaction.user, content, f"save-{interaction.id}")
        async with services.database.write() as session:
            await copies.add(session, found[0].id, sent.channel.id, sent.id)
        await interaction.followup.send(words.saved(), ephemeral=True)


BUTTONS = (Delete, DeleteThem, Info, Save)


def result(
    job: Job,
    text: str,
    found: Sequence[Image],
    shown: Sequence[Picture],
    prices: CreditsConfig,
    missing: Collection[str] = (),
    hidden: bool = False,
) -> discord.ui.LayoutView:
    """A job's pictures, which Discord lays out two by two, and their buttons.

    Those for operations that the model is missing are left out; `hidden` makes spoilers of them.
    """
    cost = prices.edit_cost
    first: list[Item] = [Show(image.id, n) for n, image in enumerate(found, 1)]
    if job.operation not in (*SEEDLESS, *missing):
        first.append(Again(job.id, job.cost))
    vary = offered((Vary(image.id, f"V{n}", cost) for n, image in enumerate(found, 1)), missing)
    last = [Info(job.id), Save(job.id)]
    if job.operation not in (Operation.interpolate, *missing):
        last.insert(0, EditPrompt(job.id, job.cost))
    return layout(
        discord.ui.TextDisplay(text),
        _gallery(job, found, shown, hidden),
        discord.ui.ActionRow(*first),
        discord.ui.ActionRow(*vary, Delete(job.id)),
        discord.ui.ActionRow(*last),
    )


def saved(job: Job, found: Sequence[Image], shown: Sequence[Picture]) -> discord.ui.LayoutView:
    """A job's pictures in a direct message."""
    text = words.keepsake(job, link_to(job))
    return layout(discord.ui.TextDisplay(text), _gallery(job, found, shown))


def _gallery(
    job: Job, found: Sequence[Image], shown: Sequence[Picture], hidden: bool = False
) -> discord.ui.MediaGallery[discord.ui.LayoutView]:
    pairs = zip(found, shown, strict=True)
    return discord.ui.MediaGallery(*(gallery_item(job, *pair, hidden) for pair in pairs))
