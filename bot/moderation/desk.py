"""Posts cases in the channel that a server's moderators chose, and shows there what changed.

It stands beside the bot and reads only the database, as delivery does: a card that was not
posted before a restart is posted after it. Knows no commands.
"""

import logging
from datetime import datetime, timedelta

import discord

from bot.moderation.cases import card
from bot.rounds import go_round, passes, reason
from bot.services import Services
from db import flags, guilds
from db.flag_tables import Flag

log = logging.getLogger(__name__)

PAUSE = 2.0
"""Seconds between two looks."""
BATCH = 10
"""Cards of one look; Discord lets a channel have five messages in five seconds."""
REST = timedelta(minutes=1)
"""How long a card that failed waits, so that it keeps no other out of a look."""


class Desk:
    """The moderators' channels of all servers."""

    def __init__(self, bot: discord.Client, services: Services) -> None:
        self._bot = bot
        self._services = services
        self._resting: dict[int, datetime] = {}

    async def run(self) -> None:
        """Posts until cancelled."""
        await go_round(self.post_once, PAUSE, log, "cards could not be posted")

    async def post_once(self) -> None:
        """Posts the cards that are due, each in its server's channel; one that fails rests."""
        now = self._services.clock()
        self._resting = {case: until for case, until in self._resting.items() if until > now}
        async with self._services.database.read() as session:
            chosen = {guild.id: guild.mod_channel_id for guild in await guilds.chosen(session)}
            due = await flags.to_post(session, list(chosen), list(self._resting), BATCH)
        for flag in due:
            try:
                await self._post(flag, chosen[flag.guild_id or 0] or 0)
            except Exception as error:
                self._resting[flag.id] = now + REST
                log.warning("case %d could not be posted: %s", flag.id, reason(error))

    async def _post(self, flag: Flag, channel_id: int) -> None:
        """Posts or renews one card; where that can't be it is noted as posted, without one."""
        database = self._services.database
        try:
            message_id = await self._put(flag, channel_id)
        except discord.HTTPException as error:
            if passes(error):
                raise
            log.warning("case %d has no card: code %s", flag.id, error.code)
            message_id = None
        async with database.write() as session:
            now = await database.now(session)
            await flags.mark_posted(session, flag.id, channel_id, message_id, now)

    async def _put(self, flag: Flag, channel_id: int) -> int:
        """The id of the message that shows the card now: a new one if the old takes no edit."""
        content = await card(self._services, flag)
        channel = self._bot.get_partial_messageable(channel_id)
        if flag.card_message_id is not None and flag.card_channel_id == channel_id:
            message = channel.get_partial_message(flag.card_message_id)
            try:
                await message.edit(view=content.view, attachments=content.files())
                return message.id
            except discord.HTTPException as error:
                if passes(error):
                    raise
        sent = await channel.send(
            view=content.view,
            files=content.files(),
            nonce=f"case-{flag.card_message_id or flag.id}",
            allowed_mentions=discord.AllowedMentions.none(),
        )
        return sent.id
