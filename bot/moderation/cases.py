"""A case's card: what moderators see of it, and the buttons below, which outlive any restart.

What the buttons do is `deeds`'s. The card is the same in the moderators' channel and in an
answer that one moderator alone sees; after each deed both show it as it then is.
"""

from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import replace

import discord

from bot.answers import Interaction, check_moderator, services_of
from bot.buttons import IdButton
from bot.layout import Item, layout
from bot.moderation import deeds, evidence
from bot.moderation.ask import Answer, Ask
from bot.moderation.moderator import Moderator, here
from bot.pictures import Content
from bot.policy import ALWAYS_BLOCKED
from bot.presenters import case as texts
from bot.presenters.case import Seen
from bot.services import Services
from db import blocks, cases, flags, jobs
from db.flag_tables import CaseState, Flag
from db.flags import UNDECIDED, Search
from db.standing import WINDOW


class CaseButton(IdButton, template=r"(?!)"):
    """A button of a card: asks why in a form, then does it and shows the card again."""

    name: str
    label: str
    question = "Why? Other moderators read it"
    do: "staticmethod[[Moderator, int, Answer], Awaitable[None]]"
    style = discord.ButtonStyle.secondary
    needed = False
    choices: tuple[str, ...] = ()

    def __init__(self, case: int) -> None:
        super().__init__(f"{self.name}:{case}", self.label, style=self.style)
        self.case = case
        self.seen: int | None = None

    async def press(self, interaction: Interaction) -> None:
        """Only for moderators, and not about themselves."""
        async with deeds.opened(here(interaction), self.case) as at:
            cases.check_may_act(at.flag, at.actor_id)
        self.seen = at.lines
        await interaction.response.send_modal(self.form(at.flag))

    def form(self, flag: Flag) -> Ask:
        """What is asked."""
        return Ask(
            f"{self.label}: case {self.case}",
            self.question,
            self.act,
            needed=self.needed,
            choices=self.choices,
        )

    async def act(self, interaction: Interaction, answer: Answer) -> None:
        """Does it, if nobody did anything about the case while the form lay open."""
        await interaction.response.defer()
        await self.do(replace(here(interaction), seen=self.seen), self.case, answer)
        await refresh(interaction, self.case)


class Claim(IdButton, template=r"claim:(\d{1,18}):(\d{1,20})"):
    """Takes a case on; with the handler whom the card showed, so that two can't both do it."""

    def __init__(self, case: int, seen: int) -> None:
        label = "Take over" if seen else "Claim"
        super().__init__(f"claim:{case}:{seen}", label, style=discord.ButtonStyle.primary)
        self.case, self.seen = case, seen

    async def press(self, interaction: Interaction) -> None:
        """Only for moderators, and not about themselves."""
        await deeds.claim(here(interaction), self.case, self.seen or None)
        await interaction.response.defer()
        await refresh(interaction, self.case)


class Uphold(CaseButton, template=r"uphold:(\d{1,18})"):
    """Agrees with the policy."""

    name, label = "uphold", "Uphold"
    do = staticmethod(deeds.uphold)
    style = discord.ButtonStyle.danger


OFFERS = {
    "prompt": "Let this prompt pass from now on",
    "upload": "Let this picture pass from now on",
}


def offer(flag: Flag) -> str:
    """What a moderator who overturns can let pass from then on; empty where nothing can."""
    can = flag.stage in OFFERS and flag.normalised and flag.category not in ALWAYS_BLOCKED
    return OFFERS[flag.stage] if can else ""


def waits(flag: Flag) -> bool:
    """Whether a picture was held back until somebody looks: then harmless means that it passes."""
    return flag.action == "hold"


class Overturn(CaseButton, template=r"overturn:(\d{1,18})"):
    """Finds it harmless."""

    name, label = "overturn", "Overturn"
    do = staticmethod(deeds.overturn)
    style = discord.ButtonStyle.success

    def form(self, flag: Flag) -> Ask:
        """Offers to let the same pass from now on, where that can be."""
        title = f"{self.label}: case {self.case}"
        return Ask(
            title, self.question, self.act,
            needed=False, offer=offer(flag), ticked=waits(flag),
        )  # fmt: skip


class Warn(CaseButton, template=r"warn:(\d{1,18})"):
    """Warns the member."""

    name, label, needed = "warn", "Warn", True
    do = staticmethod(deeds.warn)
    question = "What should they know? They will read it"


class BlockMember(CaseButton, template=r"block:(\d{1,18})"):
    """Keeps the member from using the bot here."""

    name, label, needed = "block", "Block", True
    do = staticmethod(deeds.block)
    choices = tuple(deeds.BLOCKS)
    question = "Why? They will read it"


class TimeOut(CaseButton, template=r"timeout:(\d{1,18})"):
    """Times the member out in Discord."""

    name, label = "timeout", "Time out"
    do = staticmethod(deeds.time_out)
    choices = tuple(deeds.TIMEOUTS)


class DeletePictures(CaseButton, template=r"unpost:(\d{1,18})"):
    """Deletes the pictures that came of it."""

    name, label = "unpost", "Delete pictures"
    do = staticmethod(deeds.delete_pictures)


class BanPicture(CaseButton, template=r"ban:(\d{1,18})"):
    """Has copies of the picture refused from now on."""

    name, label = "ban", "Ban picture"
    do = staticmethod(deeds.ban_picture)


class Note(CaseButton, template=r"note:(\d{1,18})"):
    """Leaves a note."""

    name, label, needed = "note", "Note", True
    do = staticmethod(deeds.add_note)
    question = "What should other moderators know?"

    async def press(self, interaction: Interaction) -> None:
        """Also while somebody else has the case."""
        async with deeds.opened(here(interaction), self.case) as at:
            cases.check_not_own(at.flag, at.actor_id)
        await interaction.response.send_modal(self.form(at.flag))


class OpenCase(IdButton, template=r"case:(\d{1,18})"):
    """Shows a case's card to the moderator alone."""

    def __init__(self, case: int) -> None:
        super().__init__(f"case:{case}", "Open")
        self.case = case

    async def press(self, interaction: Interaction) -> None:
        """Only for moderators."""
        await show(interaction, self.case)


class Next(IdButton, template=r"next:(\d{1,18})"):
    """Goes on to the next case that nobody has decided."""

    def __init__(self, case: int) -> None:
        super().__init__(f"next:{case}", "Next")
        self.case = case

    async def press(self, interaction: Interaction) -> None:
        """Only for moderators; a card that one moderator alone sees gives its place to the next."""
        guild_id = check_moderator(interaction)
        services = services_of(interaction)
        async with services.database.read() as session:
            flag = await flags.next_open(session, guild_id, self.case)
        if flag is None:
            await interaction.response.send_message(texts.all_done(), ephemeral=True)
            return
        if interaction.message is None or not interaction.message.flags.ephemeral:
            await show(interaction, flag.id)
            return
        await interaction.response.defer()
        content = await card(services, flag)
        await interaction.edit_original_response(view=content.view, attachments=content.files())


BUTTONS = (
    Claim, Uphold, Overturn, Note, Next, Warn, BlockMember, TimeOut, DeletePictures, BanPicture,
    OpenCase,
)  # fmt: skip


async def show(interaction: Interaction, case: int) -> None:
    """Answers with the card, for the moderator alone. Raises CaseGone."""
    guild_id = check_moderator(interaction)
    services = services_of(interaction)
    async with services.database.read() as session:
        flag = await cases.of_guild(session, case, guild_id)
    await interaction.response.defer(ephemeral=True, thinking=True)
    content = await card(services, flag)
    await interaction.followup.send(view=content.view, files=content.files(), ephemeral=True)


async def refresh(interaction: Interaction, case: int) -> None:
    """Shows the card as it is now, where the moderator is and in the moderators' channel."""
    services = services_of(interaction)
    async with services.database.read() as session:
        flag = await flags.get(session, case)
    assert flag is not None
    content = await card(services, flag)
    await interaction.edit_original_response(view=content.view, attachments=content.files())
    shown = interaction.message.id if interaction.message else None
    if flag.card_message_id is None or flag.card_message_id == shown:
        return
    posted = interaction.client.get_partial_messageable(flag.card_channel_id)
    with suppress(discord.HTTPException):
        await posted.get_partial_message(flag.card_message_id).edit(
            view=content.view, attachments=content.files()
        )


async def card(services: Services, flag: Flag) -> Content:
    """The case, and what can be done about it."""
    seen = await seen_of(services, flag)
    picture = await evidence.of_case(services, flag)
    items: list[Item] = [
        discord.ui.TextDisplay(texts.head(seen)),
        discord.ui.Separator(),
        discord.ui.TextDisplay(texts.matter(seen)),
    ]
    if picture is not None:
        shown = discord.MediaGalleryItem(picture.address, description="Blurred", spoiler=True)
        items.append(discord.ui.MediaGallery(shown))
    if seen.history:
        items += [discord.ui.Separator(), discord.ui.TextDisplay(texts.history(seen.history))]
    colour = texts.COLOURS[flag.state]
    view = layout(discord.ui.Container(*items, *_rows(flag), accent_colour=colour))
    return Content(view, [picture] if picture else [])


def _rows(flag: Flag) -> list[Item]:
    """The buttons that mean something now."""
    first: list[Item] = []
    if flag.state in UNDECIDED:
        first.append(Claim(flag.id, flag.handler_id or 0))
    if flag.state != CaseState.upheld:
        first.append(Uphold(flag.id))
    if flag.state != CaseState.overturned:
        first.append(Overturn(flag.id))
    second: list[Item] = [Warn(flag.id), BlockMember(flag.id), TimeOut(flag.id)]
    if flag.job_id is not None:
        second += [DeletePictures(flag.id), BanPicture(flag.id)]
    return [
        discord.ui.ActionRow(*first, Note(flag.id), Next(flag.id)),
        discord.ui.ActionRow(*second),
    ]


async def seen_of(services: Services, flag: Flag) -> Seen:
    """All that is known of a case."""
    database = services.database
    async with database.read() as session:
        now = await database.now(session)
        others = 0
        if flag.guild_id is not None:
            others = await flags.count(session, flag.guild_id, Search(user_id=flag.user_id)) - 1
        return Seen(
            flag,
            services.policy.rule(flag.rule),
            await jobs.get(session, flag.job_id) if flag.job_id else None,
            await flags.standing(session, flag.user_id, flag.guild_id, now - WINDOW),
            others,
            await blocks.active(session, flag.user_id, flag.guild_id, now),
            await cases.history(session, flag.id),
        )
