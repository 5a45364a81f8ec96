"""Posting a picture in the server's showcase, with its maker's consent, and taking it back."""

from typing import Any

import discord

from bot import pictures
from bot.answers import Interaction, services_of
from bot.buttons import IdButton, picture_of
from bot.judge import check_may_ask
from bot.layout import layout, page
from bot.presenters import job as texts
from bot.presenters import share as words
from bot.settings import MayNotShow, may_show
from db import copies, guilds, images
from db.errors import FiveSquaresError
from db.member_tables import Copy
from db.tables import Image, Job


class NotTheMaker(FiveSquaresError):
    """Only whoever asked for a picture can share it."""


class NoShowcase(FiveSquaresError):
    """This server has no showcase; whoever manages it can choose one with `/settings`."""


class MadeElsewhere(FiveSquaresError):
    """A picture can be shared only in the server where it was asked for."""


class AlreadyShared(FiveSquaresError):
    """That picture is in the showcase already."""


class Share(IdButton, template=r"share:(\d{1,18})"):
    """Asks the maker of a picture for their consent to post it."""

    def __init__(self, image_id: int) -> None:
        super().__init__(f"share:{image_id}", "Share", emoji="📢")
        self.image_id = image_id

    async def press(self, interaction: Interaction) -> None:
        """Nothing is posted yet. One that was posted can be taken back, and shared again then."""
        job, image, channel = await _shareable(interaction, self.image_id)
        if image.shared_at is not None:
            view = _posted(image, words.already())
        else:
            text = discord.ui.TextDisplay[Any](words.ask(job, channel.id))
            view = layout(text, discord.ui.ActionRow(PostIt(image.id)))
        await interaction.response.send_message(view=view, ephemeral=True)


class PostIt(IdButton, template=r"post:(\d{1,18})"):
    """Posts a picture in the showcase."""

    def __init__(self, image_id: int) -> None:
        super().__init__(f"post:{image_id}", "Post it", style=discord.ButtonStyle.success)
        self.image_id = image_id

    async def press(self, interaction: Interaction) -> None:
        """Once: a second click is told so. Raises AlreadyShared or MayNotShow."""
        job, image, channel = await _shareable(interaction, self.image_id)
        await interaction.response.defer()
        database = services_of(interaction).database
        async with database.write() as session:
            if not await images.mark_shared(session, image.id, await database.now(session)):
                raise AlreadyShared
        try:
            await _post(interaction, job, image, channel)
        except discord.HTTPException as error:
            async with database.write() as session:
                await images.unmark_shared(session, image.id)
            raise MayNotShow from error
        await interaction.edit_original_response(view=_posted(image, words.posted(channel.id)))


class TakeBack(IdButton, template=r"takeback:(\d{1,18})"):
    """Takes a picture out of the showcase again."""

    def __init__(self, image_id: int) -> None:
        super().__init__(f"takeback:{image_id}", "Take it back")
        self.image_id = image_id

    async def press(self, interaction: Interaction) -> None:
        """The message there is called back; the picture stays. Raises NotTheMaker."""
        _, image = await _mine(interaction, self.image_id)
        async with services_of(interaction).database.write() as session:
            await copies.call_back(session, Image.id == image.id, Copy.shared.is_(True))
            await images.unmark_shared(session, image.id)
        await interaction.response.edit_message(view=page(words.taken_back()))


BUTTONS = (Share, PostIt, TakeBack)


def _posted(image: Image, text: str) -> discord.ui.LayoutView:
    return layout(discord.ui.TextDisplay(text), discord.ui.ActionRow(TakeBack(image.id)))


async def _mine(interaction: Interaction, image_id: int) -> tuple[Job, Image]:
    """The picture, for whoever asked for it alone. Raises NotTheMaker."""
    job, image = await picture_of(interaction, image_id)
    if job.user_id != interaction.user.id:
        raise NotTheMaker
    return job, image


async def _shareable(
    interaction: Interaction, image_id: int
) -> tuple[Job, Image, discord.TextChannel]:
    """The picture, its job, and the showcase. Raises what stands against sharing it."""
    await check_may_ask(services_of(interaction), interaction.user.id, interaction.guild_id)
    job, image = await _mine(interaction, image_id)
    guild = interaction.guild
    if guild is None or job.guild_id != guild.id:
        raise MadeElsewhere
    async with services_of(interaction).database.read() as session:
        chosen = (await guilds.get(session, guild.id)).showcase_channel_id
    channel = guild.get_channel(chosen or 0)
    if not isinstance(channel, discord.TextChannel):
        raise NoShowcase
    if not may_show(channel):
        raise MayNotShow
    return job, image, channel


async def _post(
    interaction: Interaction, job: Job, image: Image, channel: discord.TextChannel
) -> None:
    services = services_of(interaction)
    [picture] = await pictures.load(services.store, [image], channel.guild.filesize_limit)
    async with services.database.read() as session:
        hidden = await guilds.hides(session, job)
    shown = discord.MediaGalleryItem(
        picture.address, description=texts.alt_text(job, image.index + 1), spoiler=hidden
    )
    view = layout(discord.ui.TextDisplay(words.shared(job)), discord.ui.MediaGallery(shown))
    nobody = discord.AllowedMentions.none()
    sent = await channel.send(view=view, file=picture.file(), allowed_mentions=nobody)
    async with services.database.write() as session:
        await copies.add(session, image.id, channel.id, sent.id, shared=True)
