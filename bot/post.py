"""Sends letters: direct messages to members and to the host, each once.

It stands beside the bot and reads only the database, as delivery does: what was not sent
before a restart is sent after it. Knows no commands.
"""

import logging
from collections.abc import Sequence

import discord

from bot.rounds import go_round, passes
from bot.services import Services
from db import letters
from db.member_tables import Letter

log = logging.getLogger(__name__)

PAUSE = 2.0
"""Seconds between two looks."""
BATCH = 10
NOBODY = discord.AllowedMentions.none()


class Post:
    """All letters of this installation; those for the host go to `hosts`."""

    def __init__(self, bot: discord.Client, services: Services, hosts: Sequence[int]) -> None:
        self._bot = bot
        self._services = services
        self._hosts = hosts

    async def run(self) -> None:
        """Sends until cancelled."""
        await go_round(self.send_once, PAUSE, log, "letters could not be sent")

    async def send_once(self) -> None:
        """Sends what waits. What Discord refuses is given up; an outage is not.

        Raises HTTPException while Discord is ill.
        """
        database = self._services.database
        async with database.read() as session:
            waiting = await letters.unsent(session, BATCH)
        for letter in waiting:
            readers = self._hosts if letter.user_id is None else [letter.user_id]
            for reader in readers:
                await self._send(letter, reader)
            async with database.write() as session:
                await letters.mark_sent(session, letter.id, await database.now(session))

    async def _send(self, letter: Letter, user_id: int) -> None:
        try:
            reader = await self._bot.fetch_user(user_id)
            await reader.send(letter.text, nonce=f"letter-{letter.id}", allowed_mentions=NOBODY)
        except discord.HTTPException as error:
            if passes(error):
                raise
            log.warning("letter %d was not taken: code %s", letter.id, error.code)


def owners(bot: discord.Client) -> list[int]:
    """The people whose application the bot is, once it has logged in."""
    about = bot.application
    assert about is not None
    return [person.id for person in (about.team.members if about.team else [about.owner])]
