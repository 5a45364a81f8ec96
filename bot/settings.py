"""What is chosen for a server: one panel, and the menus, buttons and form that change it.

Channels and roles that are gone from the server are passed over. Knows no commands.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import discord

from bot.answers import NEEDED, Interaction, check_manager, services_of
from bot.buttons import Form, IdButton, IdItem
from bot.layout import Item, layout
from bot.presenters import entry
from bot.presenters import settings as texts
from bot.presenters.picture import OPERATIONS
from bot.services import Services
from db import admissions, guilds
from db.errors import FiveSquaresError
from db.flag_tables import Access, GuildRole, Spoilers
from db.guilds import Rights
from db.tables import Operation

MOST_CHANNELS = 25
WEIGHTS = (0.1, 10.0)
CONCURRENT = (1, 100)
COOLDOWN = (0, 86_400)
POSTABLE = (
    discord.ChannelType.text,
    discord.ChannelType.news,
    discord.ChannelType.forum,
    discord.ChannelType.category,
)


class NotANumber(FiveSquaresError):
    """Please write numbers: a share from 0.1 to 10, 1 to 100 requests, up to 86400 seconds."""


class MayNotShow(FiveSquaresError):
    """I can't post there: it must be a text or announcement channel, not a forum, where I may see \
the channel, send messages and attach files."""


class ChannelMenu(IdItem, discord.ui.DynamicItem[discord.ui.ChannelSelect[Any]], template=r"(?!)"):
    """A menu of channels, those that are chosen marked; none may be chosen, too."""

    name: str
    placeholder: str
    most = 1
    kinds: tuple[discord.ChannelType, ...] = (discord.ChannelType.text, discord.ChannelType.news)

    def __init__(self, *chosen: discord.abc.GuildChannel) -> None:
        super().__init__(
            discord.ui.ChannelSelect(
                custom_id=f"set:{self.name}",
                placeholder=self.placeholder,
                min_values=0,
                max_values=self.most,
                channel_types=list(self.kinds),
                default_values=chosen,
            )
        )


class Channels(ChannelMenu, template=r"set:channels"):
    """Where pictures may be asked for."""

    name, placeholder, most, kinds = "channels", texts.PICK_CHANNELS, MOST_CHANNELS, POSTABLE

    async def press(self, interaction: Interaction) -> None:
        """Only for who manages the server."""
        await _choose(interaction, channels=[channel.id for channel in self.item.values])


class Showcase(ChannelMenu, template=r"set:showcase"):
    """Where shared pictures are posted."""

    name, placeholder = "showcase", texts.PICK_SHOWCASE

    async def press(self, interaction: Interaction) -> None:
        """Only for who manages the server. Raises MayNotShow."""
        chosen = next(iter(self.item.values), None)
        channel = interaction.guild and chosen and interaction.guild.get_channel(chosen.id)
        if channel and not may_show(channel):
            raise MayNotShow
        await _choose(interaction, showcase_channel_id=channel.id if channel else None)


class Choice(IdItem, discord.ui.DynamicItem[discord.ui.Select[Any]], template=r"(?!)"):
    """A menu of ways, one of which holds."""

    name: str

    def __init__(self, ways: Mapping[Any, str], chosen: StrEnum) -> None:
        options = [
            discord.SelectOption(label=words, value=value, default=value == chosen)
            for value, words in ways.items()
        ]
        super().__init__(discord.ui.Select(custom_id=f"set:{self.name}", options=options))


class Hide(Choice, template=r"set:spoilers"):
    """Which pictures are hidden at first."""

    name = "spoilers"

    def __init__(self, chosen: Spoilers = Spoilers.never) -> None:
        super().__init__(texts.HIDES, chosen)

    async def press(self, interaction: Interaction) -> None:
        """Only for who manages the server."""
        await _choose(interaction, spoilers=Spoilers(self.item.values[0]))


class Entry(Choice, template=r"set:access"):
    """Who may ask for pictures."""

    name = "access"

    def __init__(self, chosen: Access = Access.open) -> None:
        super().__init__(entry.MODES, chosen)

    async def press(self, interaction: Interaction) -> None:
        """Only for who manages the server, and who does can't lock themself out."""
        guild_id, user_id = check_manager(interaction), interaction.user.id
        database = services_of(interaction).database
        async with database.write() as session:
            now = await database.now(session)
            await admissions.admit(session, guild_id, [user_id], user_id, now)
        await _choose(interaction, access=Access(self.item.values[0]))


class OwnerOnly(IdButton, template=r"set:owner:([01])"):
    """Who may press the buttons below pictures; its id says what holds once it was pressed."""

    def __init__(self, wanted: int) -> None:
        super().__init__(f"set:owner:{int(wanted > 0)}", texts.owner_only_button(not wanted))
        self.wanted = wanted > 0

    async def press(self, interaction: Interaction) -> None:
        """Only for who manages the server."""
        await _choose(interaction, owner_only=self.wanted)


class RoleMenu(IdItem, discord.ui.DynamicItem[discord.ui.RoleSelect[Any]], template=r"set:role"):
    """Asks what a role may do."""

    def __init__(self) -> None:
        super().__init__(discord.ui.RoleSelect(custom_id="set:role", placeholder=texts.PICK_ROLE))

    async def press(self, interaction: Interaction) -> None:
        """Opens a form that holds what is set."""
        guild_id = check_manager(interaction)
        role = self.item.values[0]
        async with services_of(interaction).database.read() as session:
            rows = {row.role_id: row for row in await guilds.roles(session, guild_id)}
        form = RoleForm(role.id, rows.get(role.id))
        await interaction.response.send_modal(form)


class RoleForm(Form, title=texts.ROLE_TITLE):
    """What a role may do; as it is for everybody, it is not kept."""

    def __init__(self, role_id: int, row: GuildRole | None) -> None:
        super().__init__()
        self.role_id = role_id
        self.fields = {
            name: discord.ui.TextInput[Any](
                custom_id=name, required=False, max_length=6, default=_written(row, name)
            )
            for name in texts.ROLE_FIELDS
        }
        allowed = list(Operation) if row is None or row.operations is None else row.operations
        self.operations = discord.ui.CheckboxGroup[Any](
            custom_id="operations",
            required=False,
            min_values=0,
            max_values=len(Operation),
            options=[
                discord.CheckboxGroupOption(label=words, value=value, default=value in allowed)
                for value, words in OPERATIONS.items()
            ],
        )
        for name, (label, hint) in texts.ROLE_FIELDS.items():
            item = self.fields[name]
            self.add_item(discord.ui.Label(text=label, description=hint, component=item))
        self.add_item(discord.ui.Label(text=texts.ROLE_OPERATIONS, component=self.operations))

    async def on_submit(self, interaction: Interaction, /) -> None:
        """Raises NotANumber."""
        guild_id = check_manager(interaction)
        chosen = frozenset(map(Operation, self.operations.values))
        concurrent = _number(self.fields["concurrent"], CONCURRENT)
        rights = Rights(
            weight=_number(self.fields["weight"], WEIGHTS) or 1.0,
            concurrent=None if concurrent is None else round(concurrent),
            cooldown=round(_number(self.fields["cooldown"], COOLDOWN) or 0),
            operations=None if chosen == set(Operation) else chosen,
        )
        async with services_of(interaction).database.write() as session:
            await guilds.set_role(session, guild_id, self.role_id, rights)
        await _show_again(interaction)


BUTTONS = (Entry, Channels, Showcase, Hide, OwnerOnly, RoleMenu)


def may_show(channel: Any) -> bool:
    """Whether pictures can be posted in a channel of a server."""
    fits = isinstance(channel, discord.TextChannel)
    return fits and channel.permissions_for(channel.guild.me) >= NEEDED


async def panel(services: Services, guild: discord.Guild) -> discord.ui.LayoutView:
    """All that is chosen for a server, and what changes it."""
    async with services.database.read() as session:
        chosen = await guilds.get(session, guild.id)
        rows = [r for r in await guilds.roles(session, guild.id) if guild.get_role(r.role_id)]
    return layout(
        discord.ui.TextDisplay(texts.TITLE),
        *_part(texts.ACCESS, Entry(chosen.access)),
        *_part(texts.CHANNELS, Channels(*_there(guild, *chosen.channels))),
        *_part(texts.SHOWCASE, Showcase(*_there(guild, chosen.showcase_channel_id or 0))),
        *_part(texts.SPOILERS, Hide(chosen.spoilers)),
        discord.ui.Section(
            texts.owner_only(chosen.owner_only), accessory=OwnerOnly(not chosen.owner_only)
        ),
        *_part(texts.roles(rows, guild.id), RoleMenu()),
        discord.ui.TextDisplay(texts.mod_channel(chosen.mod_channel_id)),
    )


def _there(guild: discord.Guild, *channel_ids: int) -> list[discord.abc.GuildChannel]:
    """Those of the channels that the server still has."""
    found = map(guild.get_channel, channel_ids)
    return [channel for channel in found if channel is not None]


def _part(text: str, menu: Item) -> tuple[Item, Item]:
    return discord.ui.TextDisplay(text), discord.ui.ActionRow(menu)


async def _choose(interaction: Interaction, **choices: Any) -> None:
    guild_id = check_manager(interaction)
    async with services_of(interaction).database.write() as session:
        await guilds.choose(session, guild_id, **choices)
    await _show_again(interaction)


async def _show_again(interaction: Interaction) -> None:
    assert interaction.guild is not None
    view = await panel(services_of(interaction), interaction.guild)
    await interaction.response.edit_message(view=view)


def _written(row: GuildRole | None, name: str) -> str | None:
    """A limit as the form shows it; none at all where it is not set."""
    value = getattr(row, name, None)
    return f"{value:g}" if value else None


def _number(field: discord.ui.TextInput[Any], bounds: tuple[float, float]) -> float | None:
    """What was written, None for nothing. Raises NotANumber."""
    text = field.value.strip().replace(",", ".")
    try:
        number = float(text) if text else None
    except ValueError as error:
        raise NotANumber from error
    if number is not None and not bounds[0] <= number <= bounds[1]:
        raise NotANumber
    return number
