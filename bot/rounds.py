"""What goes round beside the bot for as long as it runs. Knows no Discord."""

import asyncio
from collections.abc import Awaitable, Callable
from logging import Logger


async def go_round(
    look: Callable[[], Awaitable[None]], pause: float, log: Logger, trouble: str
) -> None:
    """Looks every `pause` seconds until cancelled; trouble is logged and met the next time."""
    while True:
        try:
            await look()
        except Exception as error:
            log.warning("%s: %s", trouble, type(error).__name__)
        await asyncio.sleep(pause)
