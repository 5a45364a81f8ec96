"""Whom a server protects from being drawn: the listed people, as its moderators changed the list.

Knows no Discord. Which names are listed is the policy's; here is what a server adds and spares.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.policy import names
from bot.policy.terms import term_of
from bot.services import Services
from db import guilds
from db.engine import Session
from db.errors import FiveSquaresError
from db.flag_tables import GuildName

MOST = 500
SHORTEST = 4
"""Letters of a name of one word; shorter ones would stop ordinary prompts."""


class NameTooShort(FiveSquaresError):
    """Give a full name, or a single one of at least four letters: others would stop too much."""


class AlreadyListed(FiveSquaresError):
    """That name is on the list already."""


class NotListed(FiveSquaresError):
    """That name is not on the list; `/mod figures list` finds those that are."""


class ListFull(FiveSquaresError):
    """There is no room for more names; remove some first."""


@dataclass(frozen=True)
class Changed:
    """What a server made of the list: the names it added, and the people it spares."""

    added: Sequence[str]
    spared: Sequence[str]


async def changed(session: Session, guild_id: int) -> Changed:
    """The server's changes."""
    rows = await guilds.names(session, guild_id)
    return Changed(
        [row.name for row in rows if row.added], [row.name for row in rows if not row.added]
    )


async def protect(services: Services, guild_id: int, name: str, actor_id: int) -> str:
    """Puts a name on the list, or back on it; returns it as it is shown.

    Raises NameTooShort, AlreadyListed or ListFull.
    """
    term = term_of(name)
    if not term or (len(term) == 1 and len(term[0]) < SHORTEST):
        raise NameTooShort
    person = names.find(services.policy.book.names, name)
    async with services.database.write() as session:
        rows = await guilds.names(session, guild_id)
        found = _row(rows, person or name)
        if person is not None and found is not None:
            await guilds.remove_name(session, found)
            return person
        if person is not None or found is not None:
            raise AlreadyListed
        if len(rows) >= MOST:
            raise ListFull
        now = await services.database.now(session)
        await guilds.add_name(session, guild_id, name, True, actor_id, now)
        return name


async def spare(services: Services, guild_id: int, name: str, actor_id: int) -> str:
    """Takes a name from the list; returns it as it is shown. Raises NotListed."""
    person = names.find(services.policy.book.names, name)
    async with services.database.write() as session:
        found = _row(await guilds.names(session, guild_id), person or name)
        if found is not None and found.added:
            await guilds.remove_name(session, found)
            return found.name
        if found is not None or person is None:
            raise NotListed
        now = await services.database.now(session)
        await guilds.add_name(session, guild_id, person, False, actor_id, now)
        return person


async def listed(services: Services, guild_id: int, words: str) -> list[str]:
    """Who is on the server's list, of those whose names hold the words."""
    async with services.database.read() as session:
        change = await changed(session, guild_id)
    known = set(services.policy.book.names) - set(change.spared) | set(change.added)
    wanted = " ".join(term_of(words))
    return sorted(name for name in known if wanted in " ".join(term_of(name)))


def _row(rows: Sequence[GuildName], name: str) -> GuildName | None:
    """The change that is about this name, however it is written."""
    term = term_of(name)
    return next((row for row in rows if term_of(row.name) == term), None)
