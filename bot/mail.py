"""Pictures by direct message, and what is said where a member takes none. Knows no jobs."""

from collections.abc import Iterator
from contextlib import contextmanager

import discord

from bot.pictures import Content
from db.errors import FiveSquaresError

CLOSED = {50007, 50278}
"""Discord's codes for: takes no direct messages; shares no server with the bot any more."""
NOBODY = discord.AllowedMentions.none()


class NoDirectMessages(FiveSquaresError):
    """I can't send you direct messages; allow them in the privacy settings of this server. \
Nothing was charged."""


@contextmanager
def taken() -> Iterator[None]:
    """Direct messages are sent in it. Raises NoDirectMessages for a member who takes none."""
    try:
        yield
    except discord.HTTPException as error:
        if error.code in CLOSED:
            raise NoDirectMessages from error
        raise


async def send(mailbox: discord.abc.Messageable, content: Content, nonce: str) -> discord.Message:
    """Sends it; the nonce lets Discord drop a second one. Raises NoDirectMessages."""
    with taken():
        return await mailbox.send(
            view=content.view, files=content.files(), nonce=nonce, allowed_mentions=NOBODY
        )
