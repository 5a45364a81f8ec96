"""Copies each server's own AutoMod rules, because Discord's AutoMod doesn't see slash commands.

Discord tells of every change. The copy lies in the database: it outlives restarts, and holds
while Discord can't be asked. How rules are applied is the policy's.
"""

import logging
from typing import Any

import discord
from discord import AutoModRuleActionType as Does
from discord import AutoModRuleEventType as Event
from discord import AutoModRuleTriggerType as Trigger

from bot.services import Services
from db import guilds
from db.errors import FiveSquaresError

log = logging.getLogger(__name__)


class MayNotReadRules(FiveSquaresError):
    """I may not read this server's AutoMod rules: I need the permission to manage the server. \
Those that I knew still hold."""


async def refresh(services: Services, guild: discord.Guild) -> None:
    """Copies the rules if that can be; the old copy holds otherwise."""
    try:
        await copy_rules(services, guild)
    except MayNotReadRules:
        log.info("AutoMod rules of server %d are not read: no permission", guild.id)
    except (discord.HTTPException, FiveSquaresError) as error:
        log.warning("AutoMod rules of server %d: %s", guild.id, type(error).__name__)


async def copy_rules(services: Services, guild: discord.Guild) -> None:
    """Copies the rules of a server. Raises MayNotReadRules."""
    if not guild.me.guild_permissions.manage_guild:
        raise MayNotReadRules
    try:
        rules = await guild.fetch_automod_rules()
    except discord.Forbidden as error:
        raise MayNotReadRules from error
    active = [rule for rule in rules if rule.enabled and rule.event_type is Event.message_send]
    copy = {
        "rules": [_row(rule) for rule in active if rule.trigger.type is Trigger.keyword],
        "unseen": [rule.name for rule in active if rule.trigger.type is Trigger.keyword_preset],
    }
    async with services.database.write() as session:
        known = await guilds.get(session, guild.id)
        if known.automod != copy and (known.automod or any(copy.values())):
            await guilds.choose(session, guild.id, automod=copy)


def _row(rule: discord.AutoModRule) -> dict[str, Any]:
    """A rule as plain data, the fields of the policy's AutoModRule."""
    stops = {Does.block_message, Does.timeout} & {action.type for action in rule.actions}
    return {
        "name": rule.name,
        "action": "block" if stops else "flag",
        "keywords": rule.trigger.keyword_filter,
        "patterns": rule.trigger.regex_patterns,
        "allowed": rule.trigger.allow_list,
        "spares": sorted(rule.exempt_role_ids | rule.exempt_channel_ids),
    }
