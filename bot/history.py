"""Earlier pictures page by page, for one member's eyes, narrowed as they like.

What is shown lies in the buttons' ids, so a page outlives a restart. What may be seen is asked
anew with every press.
"""

import discord

from bot import pictures
from bot.answers import Interaction, services_of
from bot.buttons import IdButton, IdSelect
from bot.layout import Item, layout
from bot.pictures import Content
from bot.presenters import gallery as texts
from bot.presenters import picture as words
from bot.sight import sight_of
from bot.single import gallery_item, show
from db import guilds, history
from db.history import Wanted
from db.tables import Image, Job, Operation

SHOWN = 9
"""Pictures of a page: three by three."""
KINDS = tuple(texts.FILTERS)


class Turn(IdButton, template=r"history:(\d{1,20}):([0-7]):(\d{1,6})"):
    """Turns to a page of somebody's pictures."""

    def __init__(self, owner_id: int, kind: int, page: int, label: str = "") -> None:
        super().__init__(f"history:{owner_id}:{kind}:{page}", label or texts.OLDER)
        self.owner_id, self.kind, self.page = owner_id, kind, page

    async def press(self, interaction: Interaction) -> None:
        """Reading the pictures may take longer than the 3 s for an answer."""
        await interaction.response.defer()
        await _show(interaction, self.owner_id, KINDS[self.kind], self.page)


class Narrow(IdSelect, template=r"narrow:(\d{1,20})"):
    """Shows only some of somebody's pictures."""

    def __init__(self, owner_id: int) -> None:
        super().__init__(f"narrow:{owner_id}", texts.NARROW, texts.FILTERS)
        self.owner_id = owner_id

    async def press(self, interaction: Interaction) -> None:
        """Begins with the newest."""
        await interaction.response.defer()
        await _show(interaction, self.owner_id, self.choice, 0)


class Open(IdSelect, template=r"open"):
    """Shows one picture of the page with all its buttons."""

    def __init__(self, *found: tuple[Image, Job]) -> None:
        choices = {str(image.id): words.choice(job, image) for image, job in found}
        super().__init__("open", texts.OPEN, choices)

    async def press(self, interaction: Interaction) -> None:
        """For the same member's eyes."""
        await show(interaction, int(self.choice), private=True)


BUTTONS = (Turn, Narrow, Open)


async def page_of(interaction: Interaction, owner_id: int, kind: str, page: int) -> Content:
    """A page, or the last one where there are fewer."""
    services, sight = services_of(interaction), sight_of(interaction)
    operation = Operation(kind) if kind in words.OPERATIONS else None
    wanted = Wanted(owner_id, operation, starred=kind == "starred")
    async with services.database.read() as session:
        total = await history.count(session, sight, wanted)
        pages = max(1, -(-total // SHOWN))
        page = min(page, pages - 1)
        found = await history.find(session, sight, wanted, SHOWN, page * SHOWN)
        hidden = {job.id: await guilds.hides(session, job) for _, job in found}
    mine = owner_id == sight.user_id
    text = texts.head(owner_id, mine, kind, total, page + 1, pages)
    shown = await pictures.thumbnails(services.store, [image for image, _ in found])
    items: list[Item] = [discord.ui.TextDisplay(text)]
    if found:
        pairs = zip(found, shown, strict=True)
        gallery = (gallery_item(job, image, file, hidden[job.id]) for (image, job), file in pairs)
        items += [discord.ui.MediaGallery(*gallery), discord.ui.ActionRow(Open(*found))]
    items.append(discord.ui.ActionRow(Narrow(owner_id)))
    turns = _turns(owner_id, KINDS.index(kind), page, pages)
    return Content(layout(*items, *turns), shown)


def _turns(owner_id: int, kind: int, page: int, pages: int) -> list[Item]:
    """The buttons to the neighbouring pages, where there are any."""
    ways = ((page - 1, texts.NEWER), (page + 1, texts.OLDER))
    turns = [Turn(owner_id, kind, to, label) for to, label in ways if 0 <= to < pages]
    return [discord.ui.ActionRow(*turns)] if turns else []


async def _show(interaction: Interaction, owner_id: int, kind: str, page: int) -> None:
    content = await page_of(interaction, owner_id, kind, page)
    await interaction.edit_original_response(view=content.view, attachments=content.files())
