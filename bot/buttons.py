"""What all buttons have in common: a custom_id of ids only, so that they outlive any restart.

Knows nothing of what a button does.
"""

import re
from typing import Any, Self

import discord

from bot.answers import Interaction, apologise, check_membership, may_moderate
from db import jobs
from db.engine import Database
from db.errors import FiveSquaresError
from db.tables import Job


class NotYours(FiveSquaresError):
    """Only whoever asked for these pictures, or a moderator, can do that."""


class JobGone(FiveSquaresError):
    """I don't know that request any more. Nothing was charged."""


class IdButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"(?!)"):
    """A button whose class and arguments, all whole numbers, are read from its custom_id."""

    def __init__(
        self,
        custom_id: str,
        label: str | None = None,
        *,
        emoji: str | None = None,
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    ) -> None:
        super().__init__(
            discord.ui.Button(custom_id=custom_id, label=label, emoji=emoji, style=style)
        )

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The button that was pressed."""
        return cls(*map(int, match.groups()))  # type: ignore[arg-type]

    async def callback(self, interaction: Interaction) -> None:
        """Does what the button is for, or says in one sentence why not."""
        try:
            check_membership(interaction)
            await self.press(interaction)
        except Exception as error:
            await apologise(interaction, error)

    async def press(self, interaction: Interaction) -> None:
        """What the button is for."""
        raise NotImplementedError


async def job_of(database: Database, interaction: Interaction, job_id: int) -> Job:
    """The job that a button names, in the server where it was made. Raises JobGone."""
    async with database.read() as session:
        job = await jobs.get(session, job_id)
    if job is None or job.guild_id != interaction.guild_id:
        raise JobGone
    return job


def check_owner(interaction: Interaction, job: Job) -> None:
    """Raises NotYours for members who neither asked for the job nor moderate."""
    if interaction.user.id != job.user_id and not may_moderate(interaction):
        raise NotYours
