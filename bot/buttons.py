"""What all buttons have in common: a custom_id of ids only, so that they outlive any restart.

Knows nothing of what a button does.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, ClassVar, Self

import discord

from bot.answers import (
    Interaction,
    apologise,
    check_membership,
    may_moderate,
    services_of,
)
from bot.layout import Item
from bot.submit import PictureGone, check_offered, usable
from db import guilds, images, jobs, lanes
from db.engine import Database
from db.errors import FiveSquaresError
from db.tables import Image, Job, Operation


class NotYours(FiveSquaresError):
    """Only whoever asked for these pictures, or a moderator, can do that."""


class JobGone(FiveSquaresError):
    """I don't know that request any more. Nothing was charged."""


class IdItem:
    """A component whose class and arguments, all whole numbers, are read from its custom_id."""

    operation: ClassVar[Operation | None] = None
    """What only models can serve that know the operation."""

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: Item, match: re.Match[str], /
    ) -> Self:
        """The component that was used."""
        return cls(*map(int, match.groups()))

    async def callback(self, interaction: Interaction) -> None:
        """Does what the component is for, or says in one sentence why not."""
        try:
            check_membership(interaction)
            await self._check_offered(interaction)
            await self.press(interaction)
        except Exception as error:
            await apologise(interaction, error)

    async def press(self, interaction: Interaction) -> None:
        """What the component is for."""
        raise NotImplementedError

    async def _check_offered(self, interaction: Interaction) -> None:
        """Raises NotOffered; the message may be older than the model."""
        if self.operation is not None:
            services = services_of(interaction)
            async with services.database.read() as session:
                card = await lanes.card(session, services.config.model)
            check_offered(card, self.operation)


def offered(items: Iterable[Item], missing: Collection[str]) -> list[Item]:
    """Without those for operations that the model is missing."""
    return [item for item in items if getattr(item, "operation", None) not in missing]


class IdButton(IdItem, discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"(?!)"):
    """A button of that kind."""

    def __init__(
        self,
        custom_id: str,
        label: str | None = None,
        *,
        emoji: str | None = None,
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    ) -> None:
        super().__init__(
            discord.ui.Button(custom_id=custom_id, label=label or None, emoji=emoji, style=style)
        )


class IdSelect(IdItem, discord.ui.DynamicItem[discord.ui.Select[Any]], template=r"(?!)"):
    """A menu of that kind; the choice is its one value."""

    def __init__(self, custom_id: str, placeholder: str, choices: Mapping[str, str]) -> None:
        options = [discord.SelectOption(label=name, value=key) for key, name in choices.items()]
        super().__init__(
            discord.ui.Select(custom_id=custom_id, placeholder=placeholder, options=options)
        )

    @property
    def choice(self) -> str:
        """What was chosen."""
        return self.item.values[0]


class Form(discord.ui.Modal):
    """A form whose mistakes are told to its member."""

    async def on_error(  # type: ignore[override]
        self, interaction: Interaction, error: Exception, /
    ) -> None:
        """Says in one sentence why not."""
        await apologise(interaction, error)


async def job_of(database: Database, interaction: Interaction, job_id: int) -> Job:
    """The job that a button names: of the same server, or the member's own.

    Raises JobGone, or NotYours where the server keeps buttons for their pictures' owners.
    """
    async with database.read() as session:
        job = await jobs.get(session, job_id)
        if job is None:
            raise JobGone
        if job.user_id == interaction.user.id:
            return job
        if job.private or job.guild_id is None or job.guild_id != interaction.guild_id:
            raise JobGone
        if (await guilds.get(session, job.guild_id)).owner_only:
            check_owner(interaction, job)
    return job


async def image_of(interaction: Interaction, image_id: int) -> tuple[Image, Job | None]:
    """The picture that a button names, for whom may begin with it, and the job that made it.

    Raises JobGone, NotYours, PictureGone or NotYourPicture.
    """
    database = services_of(interaction).database
    async with database.read() as session:
        image = usable(await images.get(session, image_id), interaction.user.id)
    if image.job_id is None:
        return image, None
    return image, await job_of(database, interaction, image.job_id)


async def picture_of(interaction: Interaction, image_id: int) -> tuple[Job, Image]:
    """A picture that a job made, and the job. Raises what `image_of` does."""
    image, job = await image_of(interaction, image_id)
    if job is None:
        raise PictureGone
    return job, image


def check_owner(interaction: Interaction, job: Job) -> None:
    """Raises NotYours for members who neither asked for the job nor moderate where it is shown."""
    if interaction.user.id != job.user_id and not may_moderate(interaction, job.channel_id):
        raise NotYours
