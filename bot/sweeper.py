"""Takes away the messages of members who had their data deleted.

It stands beside the bot and reads only the database, as delivery does: what was not taken
away before a restart is taken away after it. Knows no commands.
"""

import logging

import discord

from bot.rounds import go_round
from bot.services import Services
from db import privacy
from db.tables import Job

log = logging.getLogger(__name__)

PAUSE = 5.0
"""Seconds between two looks."""
BATCH = 5
"""Messages of one look: results of others in the same channel must not wait for them."""
GONE = (discord.NotFound, discord.Forbidden)


class Sweeper:
    """The messages of all channels that nobody's jobs have left behind."""

    def __init__(self, bot: discord.Client, services: Services) -> None:
        self._bot = bot
        self._services = services

    async def run(self) -> None:
        """Sweeps until cancelled."""
        await go_round(self.sweep_once, PAUSE, log, "messages could not be taken away")

    async def sweep_once(self) -> None:
        """Takes a few messages away; those that are out of reach are left where they are."""
        async with self._services.database.read() as session:
            jobs = await privacy.left_behind(session, BATCH)
        for job in jobs:
            await self._take_away(job)
            async with self._services.database.write() as session:
                await privacy.message_gone(session, job.id)

    async def _take_away(self, job: Job) -> None:
        channel = self._bot.get_partial_messageable(job.channel_id, guild_id=job.guild_id)
        try:
            await channel.get_partial_message(job.message_id or 0).delete()
        except GONE as error:
            log.info("the message of job %d stays: code %s", job.id, error.code)
