"""`python -m bot`: builds every part once, passes it on, and ends them all within 5 seconds.

Knows the order of the parts and what to say when one can't start; what they do is theirs.
"""

import argparse
import asyncio
import logging
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import discord

from bot import shop
from bot.client import FiveSquares
from bot.delivery import Delivery
from bot.housekeeping import keep_house
from bot.local import PortInUse, open_local
from bot.moderation.desk import Desk
from bot.policy import Policy
from bot.post import Post, owners
from bot.rulebook import RuleFiles
from bot.services import Services
from bot.supervisor import keep_workers, together
from bot.sweeper import Sweeper
from bot.web import server
from bot.web.links import open_links
from config import Config, ConfigError, load
from db.engine import migrate, open_database, utcnow
from db.errors import FiveSquaresError
from db.store import open_store


class CannotStart(Exception):
    """Something that the bot stands on is missing; the message is one sentence about it."""


def main() -> int:
    """Runs until Ctrl-C or SIGTERM. Returns the exit code: 1 when the bot can't serve."""
    discord.utils.setup_logging(level=logging.INFO)
    for chatty in ("alembic", "discord.client"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    try:
        asyncio.run(run(load()))
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 0
    except (CannotStart, ConfigError, FiveSquaresError, PortInUse) as error:
        print(f"Five Squares can't start. {error}", file=sys.stderr)
        return 1
    return 0


async def run(config: Config) -> None:
    """Opens the services, then the front door, then runs it beside the worker."""
    _cancel_on_sigterm()
    async with open_services(config) as services:
        bot = FiveSquares(services)
        open_door = open_discord if config.discord_token else open_local
        async with open_door(bot, services) as serve:
            parts = [serve(), keep_house(services), RuleFiles(services.policy).run()]
            if config.web.listen or config.web.metrics_listen:
                parts.append(server.serve(services, bot))
            if config.inference.run_worker:
                parts.append(keep_workers(config.inference.device))
            await together(*parts)


@asynccontextmanager
async def open_services(config: Config) -> AsyncIterator[Services]:
    """Everything the bot shares, on a database of this version.

    Raises CannotStart, ConfigError or FiveSquaresError.
    """
    _check_writable(config.data_dir)
    store = open_store(config.image_store)
    policy = Policy.load(config.policy.actions)
    await migrate(config.database_url)
    database = await open_database(config.database_url, checkpoints=True)
    try:
        yield Services(config, database, store, policy, utcnow, open_links(config))
    finally:
        await database.close()


@asynccontextmanager
async def open_discord(
    bot: FiveSquares, services: Services
) -> AsyncIterator[Callable[[], Coroutine[Any, Any, None]]]:
    """Logs in, and gives what serves Discord for ever. Raises CannotStart."""
    try:
        await _log_in(bot, services.config.discord_token)
        yield partial(_serve_discord, bot, Delivery(bot, services, None), Desk(bot, services))
    finally:
        with suppress(TimeoutError):
            await asyncio.wait_for(bot.close(), 1)


async def _log_in(bot: FiveSquares, token: str | None) -> None:
    assert token is not None
    try:
        await bot.login(token)
    except discord.LoginFailure as error:
        raise CannotStart(
            "Discord refuses DISCORD_TOKEN; copy the bot's token again from its developer portal."
        ) from error
    except (aiohttp.ClientError, discord.HTTPException) as error:
        raise CannotStart(f"Discord can't be reached: {error}.") from error


async def _serve_discord(bot: FiveSquares, delivery: Delivery, desk: Desk) -> None:
    """Holds the connection, and delivers from the moment it stands."""

    async def deliver() -> None:
        await bot.wait_until_ready()
        post = Post(bot, bot.services, owners(bot))
        sweeper = Sweeper(bot, bot.services)
        sales = shop.catch_up(bot, bot.services)
        beside = (desk.run(), post.run(), sweeper.run(), bot.offer.run())
        await together(delivery.run(), sales, *beside)

    await together(bot.connect(), deliver())


def _check_writable(folder: Path) -> None:
    """Makes the folder if it isn't there. Raises CannotStart."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise CannotStart(f"data_dir {folder} can't be written: {error.strerror}.") from error


def _cancel_on_sigterm() -> None:
    """Makes SIGTERM end the bot as Ctrl-C does, where the system has signals."""
    task = asyncio.current_task()
    assert task is not None
    with suppress(NotImplementedError):
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


if __name__ == "__main__":
    argparse.ArgumentParser(
        prog="python -m bot",
        description="Starts the bot and its worker; without DISCORD_TOKEN, a page of your own. "
        "What can be set is in config.toml.",
    ).parse_args()
    sys.exit(main())
