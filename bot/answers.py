"""How an interaction is answered when it can't have what it asked for, and what each must pass.

Knows no command and no button.
"""

import logging
import secrets
from typing import Any

import discord
from discord import app_commands

from bot.judge import Blocked, NotAccepted, Origin, Refused, WrongChannel
from bot.presenters import entry, guide
from bot.presenters.sentences import fault, sentence
from bot.presenters.text import priced
from bot.services import Services
from db import guilds
from db.errors import FiveSquaresError, where

log = logging.getLogger(__name__)

Interaction = discord.Interaction[Any]

NEEDED = discord.Permissions(view_channel=True, send_messages=True, attach_files=True)
NEEDED_IN_THREADS = discord.Permissions(
    view_channel=True, send_messages_in_threads=True, attach_files=True
)


class NotInServer(FiveSquaresError):
    """I am not in this server any more; whoever runs me can bring me back. Nothing was charged."""


class NotMember(FiveSquaresError):
    """You are not in that server any more. Nothing was charged."""


class MayNotPost(FiveSquaresError):
    """I may not post pictures in this channel: I need to see it, to send messages and to attach \
files. Nothing was charged."""


def services_of(interaction: Interaction) -> Services:
    """What the bot that got this interaction was built with."""
    services: Services = interaction.client.services
    return services


async def origin_of(interaction: Interaction, guild_id: int | None) -> Origin:
    """Who asks and where, as plain data. The id of the interaction makes a replay harmless.

    What is asked for in a direct message belongs to the server `guild_id`, whose member it must
    come from. Raises NotInServer or NotMember.
    """
    message = interaction.message
    data: Any = interaction.data or {}
    member = interaction.user
    if interaction.guild_id is None and guild_id is not None:
        member = await member_of(interaction.client, guild_id, interaction.user.id)
    return Origin(
        user_id=member.id,
        guild_id=interaction.guild_id or guild_id,
        channel_id=interaction.channel_id or 0,
        request_id=str(interaction.id),
        source_message_id=message.id if message else None,
        custom_id=":".join([data["custom_id"], *data.get("values", ())]) if message else None,
        private=interaction.guild_id is None,
        command=command_of(interaction),
        role_ids=frozenset(role.id for role in getattr(member, "roles", ())),
        above_id=getattr(interaction.channel, "parent_id", None),
        manages=powers(member).manage_guild,
    )


async def member_of(client: discord.Client, guild_id: int, user_id: int) -> discord.Member:
    """Who comes from outside a server, as it knows them now. Raises NotInServer or NotMember."""
    guild = client.get_guild(guild_id)
    if guild is None:
        raise NotInServer
    try:
        return await guild.fetch_member(user_id)
    except discord.NotFound as error:
        raise NotMember from error


def command_of(interaction: Interaction) -> str:
    """What the member used: a command's name, or a button's kind."""
    if interaction.command is not None:
        return f"/{interaction.command.qualified_name}"
    data: Any = interaction.data or {}
    return f"button {data.get('custom_id', '').partition(':')[0]}"[:40]


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


async def check_channel(interaction: Interaction) -> None:
    """Raises WrongChannel where the server has chosen other channels for pictures.

    Its threads and a chosen category's channels count as chosen; channels that are gone don't.
    """
    guild, here = interaction.guild, interaction.channel
    if guild is None or here is None:
        return
    async with services_of(interaction).database.read() as session:
        chosen = (await guilds.get(session, guild.id)).channels
    there = [channel_id for channel_id in chosen if guild.get_channel(channel_id)]
    parents = (getattr(here, name, None) for name in ("id", "parent_id", "category_id"))
    if there and not set(there) & set(parents):
        raise WrongChannel(there)


def may_moderate(interaction: Interaction, channel_id: int) -> bool:
    """Whether they may manage messages in the whole server, or in that channel and are there."""
    here = interaction.channel_id == channel_id and interaction.permissions.manage_messages
    return interaction.guild_id is not None and (here or powers(interaction.user).manage_messages)


def powers(member: discord.User | discord.Member) -> discord.Permissions:
    """What a member may do in the whole server, whatever its channels say; elsewhere nothing."""
    nothing = discord.Permissions.none()
    return member.guild_permissions if isinstance(member, discord.Member) else nothing


def check_moderator(interaction: Interaction) -> int:
    """The server that the member moderates, all of it. Raises MissingPermissions."""
    if interaction.guild_id is None or not powers(interaction.user).manage_messages:
        raise app_commands.MissingPermissions(["manage_messages"])
    return interaction.guild_id


def check_manager(interaction: Interaction) -> int:
    """The server that the member manages. Raises MissingPermissions."""
    if interaction.guild_id is None or not powers(interaction.user).manage_guild:
        raise app_commands.MissingPermissions(["manage_guild"])
    return interaction.guild_id


async def apologise(interaction: Interaction, error: Exception) -> None:
    """Answers with one sentence that only the member sees; logs what was a fault of ours."""
    if isinstance(error, app_commands.CommandInvokeError):
        error = error.original
    text = sentence(error)
    if text is None:
        text = fault(_log(error))
    if interaction.type is discord.InteractionType.autocomplete:
        return
    if isinstance(error, NotAccepted):
        text = guide.statement()
    try:
        await tell(interaction, text, _way_out(error))
    except discord.HTTPException as unanswerable:
        log.warning("an interaction could not be answered: code %s", unanswerable.code)


def _way_out(error: Exception) -> discord.ui.View:
    """The button below an answer, if there is something to do about it."""
    if isinstance(error, NotAccepted):
        label = priced(entry.ACCEPT, error.cost)
        return _one(label, f"accept:{error.wish}", discord.ButtonStyle.success)
    if isinstance(error, Refused | Blocked) and error.case is not None:
        return appeal(error.case)
    nothing: discord.ui.View = discord.utils.MISSING
    return nothing


def appeal(case: int) -> discord.ui.View:
    """The button below a refusal."""
    return _one("Appeal", f"appeal:{case}")


def open_case(case: int) -> discord.ui.View:
    """The button below what a moderator is told of somebody else's case."""
    return _one("Open", f"case:{case}")


def _one(
    label: str, custom_id: str, style: discord.ButtonStyle = discord.ButtonStyle.secondary
) -> discord.ui.View:
    """A button alone. What it does is its module's, which knows this one."""
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button(label=label, custom_id=custom_id, style=style))
    return view


async def tell(
    interaction: Interaction, text: str, view: discord.ui.View = discord.utils.MISSING
) -> None:
    """Answers so that only the member sees it, also where they were asked to wait before all."""
    if not interaction.response.is_done():
        await interaction.response.send_message(text, view=view, ephemeral=True)
    elif interaction.response.type is discord.InteractionResponseType.deferred_channel_message:
        # The first thing said after a wait is shown to whom the wait was: so it must be nothing.
        await interaction.edit_original_response(content="…")
        await interaction.followup.send(text, view=view, ephemeral=True)
        await interaction.delete_original_response()
    else:
        await interaction.followup.send(text, view=view, ephemeral=True)


def _log(error: BaseException) -> str:
    """Logs where it broke; returns by what that is found."""
    reference = secrets.token_hex(4)
    log.error("%s: %s\n%s", reference, type(error).__name__, where(error))
    return reference
