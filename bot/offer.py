"""Which commands and menus are there: those that the model which runs here can serve.

It stands beside the bot and reads only the database, as delivery does. Knows no command: each says
in its extras for which operation it is.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import discord
from discord import app_commands

from bot.rounds import go_round
from bot.services import Services
from db import lanes
from db.tables import Operation

log = logging.getLogger(__name__)

OPERATION = "operation"
PAUSE = 5.0
"""Seconds between two looks."""
Command = app_commands.Command[Any, ..., Any] | app_commands.Group | app_commands.ContextMenu
OnChange = Callable[[], Awaitable[None]]


def serves(operation: Operation) -> dict[Any, Any]:
    """The extras of a command that only models can serve which know the operation."""
    return {OPERATION: operation}


class Offer:
    """The commands of a tree, of which Discord is told what is there now."""

    def __init__(self, tree: app_commands.CommandTree[Any], services: Services) -> None:
        self._tree = tree
        self._services = services
        self._bound: list[Command] = [
            command for command in tree.get_commands() if OPERATION in command.extras
        ]
        self._missing: set[str] | None = None

    async def run(self, on_change: OnChange | None = None) -> None:
        """Follows the model until cancelled."""

        async def look() -> None:
            if await self.follow_once() and on_change is not None:
                await on_change()

        await go_round(look, PAUSE, log, "the commands could not be changed")

    async def follow_once(self) -> bool:
        """Tells Discord of the commands if they are others than it knows; whether they were."""
        async with self._services.database.read() as session:
            missing = set(await lanes.missing(session, self._services.config.model))
        if missing == self._missing:
            return False
        for command in self._bound:
            if command.extras[OPERATION] in missing:
                kind = getattr(command, "type", discord.AppCommandType.chat_input)
                self._tree.remove_command(command.name, type=kind)
            else:
                self._tree.add_command(command, override=True)
        await self._tree.sync()
        self._missing = missing
        return True
