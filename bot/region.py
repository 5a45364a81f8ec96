"""Choosing the region to repaint: fields to press, a mask to upload, or a page to paint on.

Whichever way, the marked picture is shown first, and only Confirm charges. All that is chosen
lies in the edit's row or in the buttons' ids, so it survives a restart.
"""

import asyncio
from datetime import datetime

import discord

from bot import overlay, sources
from bot.answers import Interaction, services_of
from bot.buttons import Form, IdButton, image_of
from bot.judge import Origin, check_may_ask, refuse
from bot.layout import Item, layout, page
from bot.pictures import Content, Picture
from bot.presenters import region as texts
from bot.presenters.text import priced
from bot.request import PROMPT_LIMIT, Request, check, edit_of, price
from bot.rights import of_member
from bot.services import Services
from bot.submit import usable
from bot.views import destined, place
from db import edits, images
from db.errors import FiveSquaresError
from db.tables import Edit, Image, Job, Operation

PAINTED = 1 << overlay.CELLS
"""In the place of fields: the mask that was uploaded or painted."""


class EditGone(FiveSquaresError):
    """That edit was begun too long ago; please begin again. Nothing was charged."""


class NothingMarked(FiveSquaresError):
    """Please mark first what is to be painted anew. Nothing was charged."""


class EditArea(IdButton, template=r"area:(\d{1,18})"):
    """Begins an edit of a picture: asks what to show, and for a mask if there is one."""

    operation = Operation.inpaint

    def __init__(self, image_id: int, label: str = "Edit area") -> None:
        super().__init__(f"area:{image_id}", label, emoji="🖌️")
        self.image_id = image_id

    async def press(self, interaction: Interaction) -> None:
        """Opens a form that holds the words the picture was made with."""
        await interaction.response.send_modal(AreaForm(*await image_of(interaction, self.image_id)))


class AreaForm(Form, title=texts.FORM_TITLE):
    """What to show, and perhaps a mask."""

    def __init__(self, image: Image, job: Job | None) -> None:
        super().__init__()
        self.image, self.job = image, job
        self.prompt = discord.ui.TextInput[AreaForm](
            custom_id="prompt",
            style=discord.TextStyle.paragraph,
            default=(job and job.params["prompt"]) or None,
            max_length=PROMPT_LIMIT,
        )
        self.mask = discord.ui.FileUpload[AreaForm](custom_id="mask", required=False)
        for (text, description), item in zip(
            texts.FORM_LABELS, (self.prompt, self.mask), strict=True
        ):
            self.add_item(discord.ui.Label(text=text, description=description, component=item))

    async def on_submit(self, interaction: Interaction, /) -> None:
        """Shows the panel."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        mask = next(iter(self.mask.values), None)
        guild_id = self.job.guild_id if self.job else None
        await begin(interaction, self.image, self.prompt.value, mask, guild_id)


class Cell(IdButton, template=r"cell:(\d{1,18}):(\d{1,3}):([0-8])"):
    """A field of the picker; its id says which fields are marked once it was pressed."""

    def __init__(self, edit_id: int, cells: int, cell: int) -> None:
        on = not cells >> cell & 1
        style = discord.ButtonStyle.primary if on else discord.ButtonStyle.secondary
        super().__init__(f"cell:{edit_id}:{cells}:{cell}", texts.CELLS[cell], style=style)
        self.edit_id, self.cells = edit_id, cells

    async def press(self, interaction: Interaction) -> None:
        """Shows the panel as it is then."""
        edit = await edit_of_member(interaction, self.edit_id)
        await interaction.response.defer()
        panel = await panel_of(services_of(interaction), edit, self.cells)
        await interaction.edit_original_response(view=panel.view, attachments=panel.files())


class UploadMask(IdButton, template=r"upmask:(\d{1,18})"):
    """Takes a mask from a file."""

    def __init__(self, edit_id: int) -> None:
        super().__init__(f"upmask:{edit_id}", texts.UPLOAD)
        self.edit_id = edit_id

    async def press(self, interaction: Interaction) -> None:
        """Opens a form for it."""
        await edit_of_member(interaction, self.edit_id)
        await interaction.response.send_modal(MaskForm(self.edit_id))


class MaskForm(Form, title=texts.MASK_TITLE):
    """A file with a mask."""

    def __init__(self, edit_id: int) -> None:
        super().__init__()
        self.edit_id = edit_id
        self.mask = discord.ui.FileUpload[MaskForm](custom_id="mask")
        text, description = texts.FORM_LABELS[1]
        self.add_item(discord.ui.Label(text=text, description=description, component=self.mask))

    async def on_submit(self, interaction: Interaction, /) -> None:
        """Shows the panel with the mask."""
        edit = await edit_of_member(interaction, self.edit_id)
        await interaction.response.defer()
        services = services_of(interaction)
        edit = await set_mask(services, edit, await sources.read(self.mask.values[0]))
        panel = await panel_of(services, edit, PAINTED)
        await interaction.edit_original_response(view=panel.view, attachments=panel.files())


class Confirm(IdButton, template=r"paint:(\d{1,18}):(\d{1,3})"):
    """Asks for the edit; only this charges."""

    def __init__(self, edit_id: int, cells: int, cost: int = 0) -> None:
        label = priced(texts.CONFIRM, cost)
        super().__init__(f"paint:{edit_id}:{cells}", label, style=discord.ButtonStyle.success)
        self.edit_id, self.cells = edit_id, cells

    async def press(self, interaction: Interaction) -> None:
        """However often an edit is confirmed, it makes one job."""
        services = services_of(interaction)
        edit = await edit_of_member(interaction, self.edit_id)
        await interaction.response.defer()
        request = await request_of(services, edit, self.cells)
        request_id = edits.request_id(edit.id)
        await place(interaction, request, request_id, edit.guild_id, edit.private)
        await interaction.edit_original_response(view=page(texts.confirmed()), attachments=[])


BUTTONS = (EditArea, Cell, UploadMask, Confirm)


async def begin(
    interaction: Interaction,
    image: Image,
    prompt: str,
    mask: discord.Attachment | None,
    guild_id: int | None = None,
    private: bool = False,
) -> None:
    """Begins an edit and shows its panel, to a member whose interaction was deferred.

    What can't be asked for is refused here already. Where the result goes is `destined`'s. Raises
    FiveSquaresError, UnusablePicture or UnusableMask.
    """
    services = services_of(interaction)
    origin = await destined(interaction, [image.id], guild_id, private)
    prompt = check(edit_of(Operation.inpaint, prompt, image.id)).prompt
    await check_may_ask(services, origin.user_id, origin.guild_id)
    await refuse(services, origin, prompt)
    async with services.database.write() as session:
        await of_member(session, origin, Operation.inpaint)
        now = await services.database.now(session)
        edit = await edits.begin(session, _edit(origin, image, prompt, now))
    if mask is not None:
        edit = await set_mask(services, edit, await sources.read(mask))
    panel = await panel_of(services, edit, 0 if mask is None else PAINTED)
    await interaction.followup.send(view=panel.view, files=panel.files(), ephemeral=True)


def _edit(origin: Origin, image: Image, prompt: str, now: datetime) -> Edit:
    return Edit(
        user_id=origin.user_id,
        guild_id=origin.guild_id,
        channel_id=origin.channel_id,
        above_id=origin.above_id,
        role_ids=sorted(origin.role_ids),
        manages=origin.manages,
        command=origin.command,
        private=origin.private,
        image_id=image.id,
        prompt=prompt,
        created_at=now,
    )


def origin_of(edit: Edit) -> Origin:
    """Who asks for the edit, and where, as when it was begun: the way back from `_edit`."""
    return Origin(
        edit.user_id,
        edit.guild_id,
        edit.channel_id,
        edits.request_id(edit.id),
        private=edit.private,
        command=edit.command,
        role_ids=frozenset(edit.role_ids),
        above_id=edit.above_id,
        manages=edit.manages,
    )


async def edit_of_member(interaction: Interaction, edit_id: int) -> Edit:
    """The member's own edit of that id. Raises EditGone."""
    edit = await living(services_of(interaction), edit_id)
    if edit.user_id != interaction.user.id:
        raise EditGone
    return edit


async def living(services: Services, edit_id: int) -> Edit:
    """The edit of that id. Raises EditGone."""
    async with services.database.read() as session:
        now = await services.database.now(session)
        edit = await edits.get(session, edit_id, now)
    if edit is None:
        raise EditGone
    return edit


async def set_mask(services: Services, edit: Edit, data: bytes) -> Edit:
    """Takes the mask in a file for the edit. Raises UnusablePicture or UnusableMask."""
    image = await _image(services, edit)
    mask = await sources.bring_mask(services, edit.user_id, data, (image.width, image.height))
    async with services.database.write() as session:
        return await edits.set_mask(session, edit.id, mask.id)


async def request_of(services: Services, edit: Edit, cells: int) -> Request:
    """The request that an edit has become. Raises NothingMarked."""
    mask_id = edit.mask_id
    if cells != PAINTED:
        image = await _image(services, edit)
        mask = overlay.cells_mask((image.width, image.height), cells)
        if mask.getbbox() is None:
            raise NothingMarked
        mask_id = (await sources.keep(services, edit.user_id, mask)).id
    if mask_id is None:
        raise NothingMarked
    return edit_of(Operation.inpaint, edit.prompt, edit.image_id, mask=mask_id)


async def marked(services: Services, edit: Edit, cells: int) -> bytes:
    """The edit's picture with its region marked, as WebP."""
    image = await _image(services, edit)
    picture = await sources.shown(services, image)
    mask = overlay.cells_mask(picture.size, cells) if 0 < cells < PAINTED else None
    if cells == PAINTED and edit.mask_id is not None:
        mask = await sources.mask_of(services, edit.mask_id)
    return await asyncio.to_thread(overlay.marked, picture, mask, cells < PAINTED)


async def panel_of(services: Services, edit: Edit, cells: int) -> Content:
    """The panel with these fields marked, or with the mask that was uploaded or painted.

    Of an edit that was confirmed, on the page perhaps, only that is said.
    """
    async with services.database.read() as session:
        if await edits.job_of(session, edit.id) is not None:
            return Content(page(texts.confirmed()))
    picture = Picture(f"region-{edit.id}-{cells}.webp", await marked(services, edit, cells))
    fields = 0 if cells == PAINTED else cells
    rows: list[Item] = [
        discord.ui.ActionRow(*(Cell(edit.id, fields ^ 1 << cell, cell) for cell in row))
        for row in (range(3), range(3, 6), range(6, 9))
    ]
    last: list[Item] = [UploadMask(edit.id), *_page(services, edit)]
    if cells:
        cost = price(services.config.credits, Operation.inpaint)
        last.insert(0, Confirm(edit.id, cells, cost))
    told = texts.alt_text(cells, cells == PAINTED)
    view = layout(
        discord.ui.TextDisplay(texts.panel(edit, bool(cells))),
        discord.ui.MediaGallery(discord.MediaGalleryItem(picture.address, description=told)),
        *rows,
        discord.ui.ActionRow(*last),
    )
    return Content(view, [picture])


def _page(services: Services, edit: Edit) -> list[Item]:
    """A link to the page where the region is painted, if members can reach one."""
    if services.links is None:
        return []
    url = services.links.make("paint", edit.id, edit.created_at + edits.LIFETIME)
    return [discord.ui.Button(label=texts.PAGE, url=url, emoji="🖌️")]


async def _image(services: Services, edit: Edit) -> Image:
    """The edit's picture. Raises PictureGone or NotYourPicture."""
    async with services.database.read() as session:
        return usable(await images.get(session, edit.image_id), edit.user_id)
