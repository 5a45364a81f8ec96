"""What a moderator does about a case: in the database, and in Discord where that is part of it.

Each checks again who asks, and leaves a line in the case's history. Knows no buttons.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import discord
from discord import app_commands

from bot.answers import NEEDED
from bot.moderation import evidence
from bot.moderation.ask import Answer
from bot.moderation.moderator import Moderator
from bot.presenters import case as texts
from bot.presenters import letters
from db import bans, blocks, cases, flags, guilds, images, standing
from db.cases import CaseChanged
from db.engine import Session
from db.errors import FiveSquaresError
from db.flag_tables import Block, CaseState, Deed, Flag

BLOCKS = {
    "1 hour": timedelta(hours=1),
    "24 hours": timedelta(days=1),
    "7 days": timedelta(days=7),
    "For good": None,
}
TIMEOUTS = {
    "10 minutes": timedelta(minutes=10),
    "1 hour": timedelta(hours=1),
    "1 day": timedelta(days=1),
    "1 week": timedelta(weeks=1),
}


class MayNotTimeOut(FiveSquaresError):
    """I may not time that member out: I need that permission, and a role above theirs."""


class RoleTooLow(FiveSquaresError):
    """You may not time that member out: your highest role must stand above theirs."""


class MemberLeft(FiveSquaresError):
    """That member has left the server."""


class MayNotPostCards(FiveSquaresError):
    """I may not post there: I need to see that channel, to send messages and to attach files."""


class NothingToBan(FiveSquaresError):
    """There is no picture in this case to know again: none was kept, or it shows one colour."""


class NoPictures(FiveSquaresError):
    """There are no pictures to delete in this case."""


@dataclass(frozen=True)
class Opened:
    """A case in a transaction, and the moderator who acts on it."""

    session: Session
    flag: Flag
    actor_id: int
    now: datetime
    lines: int
    """How many its history has."""

    async def note(self, deed: Deed, text: str) -> None:
        """Adds a line to the history."""
        await cases.note(self.session, self.flag, self.actor_id, deed, text, self.now)


@asynccontextmanager
async def opened(moderator: Moderator, case: int) -> AsyncIterator[Opened]:
    """The case, for a moderator of its server as they saw it. Raises CaseGone or CaseChanged."""
    database = moderator.services.database
    async with database.write() as session:
        now = await database.now(session)
        flag = await cases.of_guild(session, case, moderator.guild.id)
        lines = len(await cases.history(session, case))
        if moderator.seen not in (None, lines):
            raise CaseChanged
        yield Opened(session, flag, moderator.member.id, now, lines)


def _again(moderator: Moderator, case: int) -> AbstractAsyncContextManager[Opened]:
    """The case, to note what was done outside the database, whatever has changed meanwhile."""
    return opened(replace(moderator, seen=None), case)


async def check_may_act(moderator: Moderator, case: int) -> Flag:
    """The case, if the moderator may do something about it. Raises what stands against it."""
    async with opened(moderator, case) as at:
        cases.check_may_act(at.flag, at.actor_id)
        return at.flag


async def claim(moderator: Moderator, case: int, seen: int | None) -> None:
    """Takes the case on, from the handler that the card showed."""
    async with opened(moderator, case) as at:
        await cases.claim(at.session, at.flag, at.actor_id, seen, at.now)


async def uphold(moderator: Moderator, case: int, answer: Answer) -> None:
    """Agrees with the policy."""
    async with opened(moderator, case) as at:
        await cases.decide(
            at.session, at.flag, at.actor_id, CaseState.upheld, answer.reason, at.now
        )
    await _hear(moderator, at.flag)


async def overturn(moderator: Moderator, case: int, answer: Answer) -> None:
    """Finds it harmless: its points and blocks end, and with a tick the prompt passes from now."""
    async with opened(moderator, case) as at:
        flag = at.flag
        await cases.decide(
            at.session, flag, at.actor_id, CaseState.overturned, answer.reason, at.now
        )
        freed = await standing.relieve(at.session, flag, at.actor_id, at.now)
        if freed:
            await at.note(Deed.unblocked, "")
        passes = answer.ticked and bool(flag.normalised)
        if passes:
            await guilds.allow(
                at.session,
                moderator.guild.id,
                flag.normalised,
                flag_id=flag.id,
                actor_id=at.actor_id,
                now=at.now,
            )
            await at.note(Deed.allowed, "")
    await _hear(moderator, flag, passes)
    if freed and not await _is_blocked(moderator, flag.user_id):
        await tell_unblocked(moderator, flag.user_id)


async def warn(moderator: Moderator, case: int, answer: Answer) -> None:
    """Tells the member, in a message of their own and in `/mywarnings`."""
    async with opened(moderator, case) as at:
        cases.check_may_act(at.flag, at.actor_id)
        await at.note(Deed.warned, answer.reason)
    text = letters.warning(moderator.guild.name, case, answer.reason)
    if not await tell_member(moderator, at.flag.user_id, text):
        async with _again(moderator, case) as at:
            await at.note(Deed.noted, texts.UNREACHED)


async def block(moderator: Moderator, case: int, answer: Answer) -> None:
    """Keeps the member from using the bot in this server."""
    async with opened(moderator, case) as at:
        cases.check_may_act(at.flag, at.actor_id)
        made = await blocks.add(
            at.session,
            user_id=at.flag.user_id,
            guild_id=at.flag.guild_id,
            flag_id=case,
            actor_id=at.actor_id,
            reason=answer.reason,
            length=BLOCKS[answer.choice or ""],
            now=at.now,
        )
        await at.note(Deed.blocked, texts.chosen(answer.choice, answer.reason))
    await tell_blocked(moderator, at.flag.user_id, made)


async def time_out(moderator: Moderator, case: int, answer: Answer) -> None:
    """Times the member out in Discord. Raises MemberLeft, RoleTooLow or MayNotTimeOut."""
    if not moderator.member.guild_permissions.moderate_members:
        raise app_commands.MissingPermissions(["moderate_members"])
    flag = await check_may_act(moderator, case)
    try:
        member = await moderator.guild.fetch_member(flag.user_id)
        _check_above(moderator.member, member)
        await member.timeout(TIMEOUTS[answer.choice or ""], reason=f"case {case}: {answer.reason}")
    except discord.NotFound as error:
        raise MemberLeft from error
    except discord.HTTPException as error:
        raise MayNotTimeOut from error
    async with _again(moderator, case) as at:
        await at.note(Deed.timed_out, texts.chosen(answer.choice, answer.reason))


def _check_above(actor: discord.Member, member: discord.Member) -> None:
    """Raises RoleTooLow. Discord compares a member with the bot only, not with who bids it."""
    if actor.id != actor.guild.owner_id and member.top_role >= actor.top_role:
        raise RoleTooLow


async def delete_pictures(moderator: Moderator, case: int, answer: Answer) -> None:
    """Deletes the job's pictures and calls back its message; the case keeps them blurred.

    Raises NoPictures.
    """
    flag = await check_may_act(moderator, case)
    if flag.job_id is None:
        raise NoPictures
    await evidence.keep(moderator.services, flag)
    async with opened(moderator, case) as at:
        await images.delete(at.session, flag.job_id, at.now)
        await at.note(Deed.picture_deleted, answer.reason)


async def ban_picture(moderator: Moderator, case: int, answer: Answer) -> None:
    """Has near copies of the case's pictures refused from now on. Raises NothingToBan."""
    async with opened(moderator, case) as at:
        cases.check_may_act(at.flag, at.actor_id)
        guild_id, uploads = at.flag.guild_id, at.flag.normalised
        marks = await bans.of_case(at.session, at.flag)
        if guild_id is None or not marks:
            raise NothingToBan
        for mark in marks:
            await bans.add(
                at.session, guild_id, mark, actor_id=at.actor_id, now=at.now, flag_id=case
            )
        await guilds.disallow(at.session, guild_id, uploads)
        await at.note(Deed.picture_banned, answer.reason)


async def add_note(moderator: Moderator, case: int, answer: Answer) -> None:
    """Leaves a note for the other moderators."""
    async with opened(moderator, case) as at:
        cases.check_not_own(at.flag, at.actor_id)
        await at.note(Deed.noted, answer.reason)


async def unblock(moderator: Moderator, user_id: int) -> int:
    """Ends all of a member's blocks here, and says so in their cases; how many there were."""
    database = moderator.services.database
    async with database.write() as session:
        now = await database.now(session)
        lifted = await blocks.lift(session, user_id, moderator.guild.id, moderator.member.id, now)
        for case in set(filter(None, lifted)):
            flag = await cases.of_guild(session, case, moderator.guild.id)
            await cases.note(session, flag, moderator.member.id, Deed.unblocked, "", now)
            await flags.post_again(session, case)
    return len(lifted)


async def _is_blocked(moderator: Moderator, user_id: int) -> bool:
    database = moderator.services.database
    async with database.read() as session:
        now = await database.now(session)
        return await blocks.active(session, user_id, moderator.guild.id, now) is not None


async def tell_blocked(moderator: Moderator, user_id: int, made: Block) -> None:
    """Tells a member that they are blocked, and why."""
    text = letters.blocked(moderator.guild.name, made.until, made.reason)
    await tell_member(moderator, user_id, text)


async def tell_unblocked(moderator: Moderator, user_id: int) -> None:
    """Tells a member that their blocks have ended."""
    await tell_member(moderator, user_id, letters.unblocked(moderator.guild.name))


def check_may_post_cards(channel: discord.TextChannel) -> None:
    """Raises MayNotPostCards."""
    if not channel.permissions_for(channel.guild.me) >= NEEDED:
        raise MayNotPostCards


async def tell_member(moderator: Moderator, user_id: int, text: str) -> bool:
    """Writes to a member; False where they take no messages."""
    try:
        user = await moderator.client.fetch_user(user_id)
        await user.send(text)
    except discord.HTTPException:
        return False
    return True


async def _hear(moderator: Moderator, flag: Flag, passes: bool = False) -> None:
    """Tells a member how their appeal ended, or the look at a picture that was held back.

    Whether it `passes` from now on is told as well.
    """
    if flag.appealed_at is not None:
        text = letters.heard(moderator.guild.name, flag, passes)
        await tell_member(moderator, flag.user_id, text)
    elif flag.action == "hold":
        text = letters.looked(moderator.guild.name, flag, passes)
        await tell_member(moderator, flag.user_id, text)
