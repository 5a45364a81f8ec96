"""What goes round beside the bot for as long as it runs. Knows no Discord."""

import asyncio
from collections.abc import Awaitable, Callable
from logging import Logger

from db.errors import FiveSquaresError


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
