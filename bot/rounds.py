"""What goes round beside the bot for as long as it runs, and what becomes of its trouble."""

import asyncio
from collections.abc import Awaitable, Callable
from logging import Logger

import aiohttp
import discord

from db.errors import FiveSquaresError, StorageDenied


async def go_round(
    look: Callable[[], Awaitable[None]], pause: float, log: Logger, trouble: str
) -> None:
    """Looks every `pause` seconds until cancelled; trouble is logged and met the next time."""
    while True:
        try:
            await look()
        except Exception as error:
            log.warning("%s: %s", trouble, reason(error))
        await asyncio.sleep(pause)


def reason(error: Exception) -> str:
    """What may be logged of it: a sentence of ours or the system's, else only its kind, as the
    words of others may quote a prompt."""
    return str(error) if isinstance(error, FiveSquaresError | OSError) else type(error).__name__


def passes(error: Exception) -> bool:
    """Whether Discord or the image store is ill or out of reach; otherwise it refused for good."""
    if isinstance(error, discord.HTTPException):
        return error.status >= 500 or error.status == 429
    return isinstance(error, aiohttp.ClientError | OSError | TimeoutError | StorageDenied)
