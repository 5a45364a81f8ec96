"""Takes away the messages that show what was deleted.

It stands beside the bot and reads only the database, as delivery does: what was not taken
away before a restart is taken away after it. Knows no commands.
"""

import logging

import discord

from bot.rounds import go_round, passes
from bot.services import Services
from db import copies, privacy

log = logging.getLogger(__name__)

PAUSE = 5.0
"""Seconds between two looks."""
BATCH = 5
"""Messages of one look: results of others in the same channel must not wait for them."""
ARCHIVED = 50083
"""Discord's code for: the message's thread is archived, and must be opened first."""


class Sweeper:
    """Messages that nobody's jobs have left behind, and copies of deleted pictures, anywhere."""

    def __init__(self, bot: discord.Client, services: Services) -> None:
        self._bot = bot
        self._services = services

    async def run(self) -> None:
        """Sweeps until cancelled."""
        await go_round(self.sweep_once, PAUSE, log, "messages could not be taken away")

    async def sweep_once(self) -> None:
        """Takes a few messages away; those that are out of reach are left where they are.

        Raises HTTPException while Discord is ill.
        """
        database = self._services.database
        async with database.read() as session:
            jobs = await privacy.left_behind(session, BATCH)
            due = await copies.due(session, BATCH)
        for job in jobs:
            await self._take_away(job.channel_id, job.message_id or 0)
            async with database.write() as session:
                await privacy.message_gone(session, job.id)
        for copy in due:
            await self._take_away(copy.channel_id, copy.message_id)
            async with database.write() as session:
                await copies.forget(session, copy.message_id)

    async def _take_away(self, channel_id: int, message_id: int) -> None:
        channel = self._bot.get_partial_messageable(channel_id)
        try:
            await self._delete(channel.get_partial_message(message_id))
        except discord.HTTPException as error:
            if passes(error):
                raise
            log.info("message %d stays: code %s", message_id, error.code)

    async def _delete(self, message: discord.PartialMessage) -> None:
        """Also from an archived thread, which is opened for it. Raises HTTPException."""
        try:
            await message.delete()
        except discord.HTTPException as error:
            thread = error.code == ARCHIVED and await self._bot.fetch_channel(message.channel.id)
            if not isinstance(thread, discord.Thread):
                raise
            await thread.edit(archived=False)
            await message.delete()
