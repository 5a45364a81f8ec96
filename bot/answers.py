"""How an interaction is answered when it can't have what it asked for, and what each must pass.

Knows no command and no button.
"""

import logging
import secrets
import traceback
from typing import Any

import discord
from discord import app_commands

from bot.presenters.sentences import fault, sentence
from bot.services import Services
from bot.submit import Origin
from db.errors import FiveSquaresError

log = logging.getLogger(__name__)

Interaction = discord.Interaction[Any]

NEEDED = discord.Permissions(view_channel=True, send_messages=True, attach_files=True)
NEEDED_IN_THREADS = discord.Permissions(
    view_channel=True, send_messages_in_threads=True, attach_files=True
)


class NotInServer(FiveSquaresError):
    """I am not in this server any more; a moderator can invite me again. Nothing was charged."""


class MayNotPost(FiveSquaresError):
    """I may not post pictures in this channel: I need to see it, to send messages and to attach \
files. Nothing was charged."""


def services_of(interaction: Interaction) -> Services:
    """What the bot that got this interaction was built with."""
    services: Services = interaction.client.services
    return services


def origin_of(interaction: Interaction) -> Origin:
    """Who asks and where, as plain data. The id of the interaction makes a replay harmless."""
    message = interaction.message
    data: Any = interaction.data or {}
    return Origin(
        user_id=interaction.user.id,
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id or 0,
        request_id=str(interaction.id),
        source_message_id=message.id if message else None,
        custom_id=data.get("custom_id"),
    )


def check_membership(interaction: Interaction) -> None:
    """Raises NotInServer for a server that the bot was removed from."""
    guild_id = interaction.guild_id
    if guild_id is not None and interaction.client.get_guild(guild_id) is None:
        raise NotInServer


def check_may_post(interaction: Interaction) -> None:
    """Raises MayNotPost where the result could not be delivered."""
    in_thread = isinstance(interaction.channel, discord.Thread)
    needed = NEEDED_IN_THREADS if in_thread else NEEDED
    if interaction.guild_id is not None and not interaction.app_permissions >= needed:
        raise MayNotPost


def may_moderate(interaction: Interaction) -> bool:
    """Whether the member may manage messages where the interaction happened."""
    return interaction.guild_id is not None and interaction.permissions.manage_messages


async def apologise(interaction: Interaction, error: Exception) -> None:
    """Answers with one sentence that only the member sees; logs what was a fault of ours."""
    if isinstance(error, app_commands.CommandInvokeError):
        error = error.original
    text = sentence(error)
    if text is None:
        text = fault(_log(error))
    if interaction.type is discord.InteractionType.autocomplete:
        return
    try:
        if interaction.response.is_done():
            await interaction.followup.send(text, ephemeral=True)
        else:
            await interaction.response.send_message(text, ephemeral=True)
    except discord.HTTPException as unanswerable:
        log.warning("an interaction could not be answered: code %s", unanswerable.code)


def _log(error: BaseException) -> str:
    """Logs where it broke, not the error's own words: they may hold a prompt or a token."""
    reference = secrets.token_hex(4)
    frames = "".join(traceback.format_tb(error.__traceback__))
    log.error("%s: %s\n%s", reference, type(error).__name__, frames)
    return reference
