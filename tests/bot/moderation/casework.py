"""What a moderator does with a case, and what is then kept of it."""

import discord
from simcord.actors import MemberActor
from simcord.results import InteractionResult

from db import cases, flags
from db.flag_tables import Deed, Flag
from tests.bot.studio import Said, Studio

REFUSED = "a crate of contraband"
PASSED = "a smuggler at sea"


async def case(studio: Studio, number: int = 1) -> Flag:
    async with studio.services.database.read() as session:
        flag = await flags.get(session, number)
    assert flag is not None
    return flag


async def deeds(studio: Studio, number: int = 1) -> list[tuple[Deed, str]]:
    async with studio.services.database.read() as session:
        return [(entry.deed, entry.text) for entry in await cases.history(session, number)]


def said(result: InteractionResult) -> Said:
    """The newest words of an answer."""
    message = result.followups[-1] if result.followups else result.response
    assert message is not None
    return message


async def open_card(studio: Studio, number: int = 1, by: MemberActor | None = None) -> Said:
    result = await (by or studio.moderator).slash(studio.channel, "mod case", number=number)
    assert result.ephemeral
    return said(result)


async def fill(studio: Studio, card: Said, label: str, **values: object) -> InteractionResult:
    """Presses a button of the card and sends its form."""
    shown = await studio.moderator.click(card, label=label)
    return await studio.moderator.submit_modal(shown, values)


def second_moderator(studio: Studio, **more: bool) -> MemberActor:
    powers = discord.Permissions(manage_messages=True, **more)
    role = studio.guild.create_role("More moderators", permissions=powers)
    return studio.guild.add_member(studio.env.create_user("other"), roles=[role])


async def attached(studio: Studio, result: InteractionResult) -> str:
    [file] = said(result).attachments
    return (await studio.file(file.url)).decode()
