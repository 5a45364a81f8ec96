"""Somebody who may act on a server's cases: with buttons, or on a page by a link of their own.

What they may is asked anew for every deed. Knows no case.
"""

from dataclasses import dataclass
from datetime import timedelta

import discord
from discord import app_commands

from bot.answers import Interaction, check_moderator, member_of, services_of
from bot.services import Services
from bot.web.links import LinkDead

KIND = "cases"
LIFETIME = timedelta(hours=1)
IDS = 2**64
"""More than any id of Discord's: two of them are one number in a link."""


@dataclass(frozen=True)
class Moderator:
    """A member who may manage messages in the whole server, at this moment.

    `seen` is how many lines of a case's history they had before them, where that is known.
    """

    services: Services
    client: discord.Client
    member: discord.Member
    seen: int | None = None

    @property
    def guild(self) -> discord.Guild:
        """The server whose cases they may act on."""
        return self.member.guild


def here(interaction: Interaction) -> Moderator:
    """Who used a command or a button. Raises MissingPermissions."""
    check_moderator(interaction)
    assert isinstance(interaction.user, discord.Member)
    return Moderator(services_of(interaction), interaction.client, interaction.user)


def link(interaction: Interaction) -> str | None:
    """The address of the server's cases for this moderator; None where there are no pages."""
    services, guild_id = services_of(interaction), interaction.guild_id
    if services.links is None or guild_id is None:
        return None
    whose = guild_id * IDS + interaction.user.id
    return services.links.make(KIND, whose, services.clock() + LIFETIME)


async def of_link(services: Services, client: discord.Client, token: str) -> Moderator:
    """Who holds a link, as Discord says now.

    Raises LinkDead, NotInServer, NotMember or MissingPermissions.
    """
    if services.links is None:
        raise LinkDead
    whose = services.links.read(KIND, token, services.clock())
    member = await member_of(client, whose // IDS, whose % IDS)
    if not member.guild_permissions.manage_messages:
        raise app_commands.MissingPermissions(["manage_messages"])
    return Moderator(services, client, member)
