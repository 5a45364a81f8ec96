"""The Discord client: its intents, its commands and its buttons, and where their errors go."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot import (
    grid,
    history,
    lists,
    privacy,
    region,
    settings,
    share,
    shop,
    single,
    views,
    waitlist,
    welcome,
)
from bot.answers import Interaction, apologise, check_membership
from bot.cogs import COGS
from bot.menus import MENUS
from bot.moderation import appeals, automod, case_list, cases
from bot.offer import Offer
from bot.services import Services
from db.errors import FiveSquaresError

PARTS = (
    views,
    grid,
    single,
    region,
    history,
    lists,
    cases,
    case_list,
    appeals,
    settings,
    share,
    privacy,
    waitlist,
    welcome,
)
BUTTONS = tuple(button for part in PARTS for button in part.BUTTONS)


class FiveSquares(commands.Bot):
    """The bot, built on the services that `main()` opened. It pings nobody, ever."""

    def __init__(self, services: Services) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            tree_cls=Tree,
            intents=discord.Intents(guilds=True, auto_moderation_configuration=True),
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_installs=app_commands.AppInstallationType(guild=True),
        )
        self.services = services

    async def setup_hook(self) -> None:
        """Puts the commands and buttons in place and tells Discord of the commands."""
        for cog in COGS:
            await self.add_cog(cog())
        for menu in MENUS:
            self.tree.add_command(menu)
        self.add_dynamic_items(*BUTTONS)
        self.offer = Offer(self.tree, self.services)
        await self.offer.follow_once()

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """Called for each server at the start and when it is there again."""
        await automod.refresh(self.services, guild)

    on_guild_join = on_guild_available

    async def on_automod_rule_create(self, rule: discord.AutoModRule) -> None:
        """Called when a rule of a server's own changed. All are read: one may have been missed."""
        await automod.refresh(self.services, rule.guild)

    on_automod_rule_update = on_automod_rule_delete = on_automod_rule_create

    async def on_entitlement_create(self, entitlement: discord.Entitlement) -> None:
        """Called by discord.py when somebody bought something."""
        await shop.settle(self.services, entitlement)

    on_entitlement_update = on_entitlement_create

    async def on_entitlement_delete(self, entitlement: discord.Entitlement) -> None:
        """Called by discord.py when a sale was undone, by a refund for example."""
        await shop.revoke(self.services, entitlement)


class Tree(app_commands.CommandTree[Any]):
    """The commands; each error becomes one sentence that only its member sees."""

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        """Refuses servers that the bot was removed from."""
        try:
            check_membership(interaction)
        except FiveSquaresError as error:
            await apologise(interaction, error)
            return False
        return True

    async def on_error(
        self, interaction: Interaction, error: app_commands.AppCommandError, /
    ) -> None:
        """Called by discord.py for whatever a command or a check raised."""
        await apologise(interaction, error)
