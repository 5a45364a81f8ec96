"""What moderators, and the member concerned, do about a flag. Takes a session, never commits.

Every deed adds a line to the case's history; none takes one away. Of two moderators at once
the second is told so: each change holds only for the case as it was read.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.errors import FiveSquaresError
from db.flag_tables import CaseState, Deed, Flag, FlagEntry
from db.flags import UNDECIDED

ACTIVE = timedelta(days=30)
"""How long after a deed its moderator is taken to be there."""


class CaseGone(FiveSquaresError):
    """There is no such case here."""


class CaseChanged(FiveSquaresError):
    """Somebody else was faster: this case has just changed. Open it again to see how it stands."""


class CaseClaimed(FiveSquaresError):
    """Another moderator has claimed this case. Press Take over if you want it."""


class AlreadyDecided(FiveSquaresError):
    """This case stands decided like that already."""


class ClaimedAlready(FiveSquaresError):
    """You have this case already."""


class OwnCase(FiveSquaresError):
    """This case is about you, so another moderator has to decide it."""


class OwnAppeal(FiveSquaresError):
    """You decided this case, so another moderator has to look at the appeal."""


class NotYourCase(FiveSquaresError):
    """Only the member whom the case is about can appeal."""


class AlreadyAppealed(FiveSquaresError):
    """You have appealed already. A moderator will look at it."""


class NothingToAppeal(FiveSquaresError):
    """A moderator has already decided in your favour."""


async def find(session: AsyncSession, flag_id: int) -> Flag:
    """The case of that number, in any server. Raises CaseGone."""
    flag = await session.get(Flag, flag_id)
    if flag is None:
        raise CaseGone
    return flag


async def of_guild(session: AsyncSession, flag_id: int, guild_id: int) -> Flag:
    """The case of that number. Raises CaseGone, in another server too."""
    flag = await find(session, flag_id)
    if flag.guild_id != guild_id:
        raise CaseGone
    return flag


async def claim(
    session: AsyncSession, flag: Flag, actor_id: int, seen: int | None, now: datetime
) -> None:
    """Takes the case on, from the handler whom the moderator saw on the card if there was one.

    Raises OwnCase, OwnAppeal, AlreadyDecided, ClaimedAlready or CaseChanged.
    """
    check_not_own(flag, actor_id)
    await _check_not_own_appeal(session, flag, actor_id, now)
    if flag.state not in UNDECIDED:
        raise AlreadyDecided
    if flag.handler_id == actor_id:
        raise ClaimedAlready
    if flag.handler_id != seen:
        raise CaseChanged
    await _change(session, flag, {"state": CaseState.claimed, "handler_id": actor_id})
    await note(session, flag, actor_id, Deed.claimed, "", now)


async def decide(
    session: AsyncSession,
    flag: Flag,
    actor_id: int,
    verdict: CaseState,
    reason: str,
    now: datetime,
) -> None:
    """Upholds or overturns. Raises OwnCase, CaseClaimed, AlreadyDecided, OwnAppeal, CaseChanged."""
    check_may_act(flag, actor_id)
    if flag.state == verdict:
        raise AlreadyDecided
    await _check_not_own_appeal(session, flag, actor_id, now)
    change = {
        "state": verdict,
        "handler_id": actor_id,
        "decided_by": actor_id,
        "decided_at": now,
    }
    await _change(session, flag, change)
    await note(session, flag, actor_id, Deed(verdict), reason, now)


async def appeal(
    session: AsyncSession, flag: Flag, user_id: int, reason: str, now: datetime
) -> None:
    """Opens the case again for another moderator, once.

    Raises what check_may_appeal does, or CaseChanged.
    """
    check_may_appeal(flag, user_id)
    change = {"state": CaseState.open, "handler_id": None, "appealed_at": now}
    await _change(session, flag, change)
    await note(session, flag, user_id, Deed.appealed, reason, now)


def can_be_appealed(flag: Flag) -> bool:
    """Whether its member has something to appeal, and has not yet."""
    return flag.appealed_at is None and flag.state != CaseState.overturned


def check_may_appeal(flag: Flag, user_id: int) -> None:
    """Raises NotYourCase, AlreadyAppealed or NothingToAppeal."""
    if flag.user_id != user_id:
        raise NotYourCase
    if flag.appealed_at is not None:
        raise AlreadyAppealed
    if flag.state == CaseState.overturned:
        raise NothingToAppeal


async def note(
    session: AsyncSession, flag: Flag, actor_id: int | None, deed: Deed, text: str, now: datetime
) -> None:
    """Adds a line to the history."""
    session.add(FlagEntry(flag_id=flag.id, actor_id=actor_id, deed=deed, text=text, at=now))
    await session.flush()


async def history(session: AsyncSession, flag_id: int) -> list[FlagEntry]:
    """What happened to the case, in order."""
    query = select(FlagEntry).where(FlagEntry.flag_id == flag_id).order_by(FlagEntry.id)
    return list(await session.scalars(query))


async def about(session: AsyncSession, user_id: int, guild_id: int, deed: Deed) -> list[FlagEntry]:
    """Every such deed in a member's cases in a server, the newest first."""
    query = (
        select(FlagEntry)
        .join(Flag, Flag.id == FlagEntry.flag_id)
        .where(Flag.user_id == user_id, Flag.guild_id == guild_id, FlagEntry.deed == deed)
    )
    return list(await session.scalars(query.order_by(FlagEntry.id.desc())))


async def has_reported(session: AsyncSession, job_id: int, user_id: int) -> bool:
    """Whether a member has reported a job's pictures."""
    query = select(FlagEntry.id).join(Flag, Flag.id == FlagEntry.flag_id)
    told = (FlagEntry.actor_id == user_id, FlagEntry.deed == Deed.reported)
    return await session.scalar(query.where(Flag.job_id == job_id, *told).limit(1)) is not None


def check_may_act(flag: Flag, actor_id: int) -> None:
    """Raises OwnCase, or CaseClaimed while another moderator has the case."""
    check_not_own(flag, actor_id)
    if flag.state == CaseState.claimed and flag.handler_id != actor_id:
        raise CaseClaimed


def check_not_own(flag: Flag, actor_id: int) -> None:
    """Raises OwnCase: nobody judges themself."""
    if flag.user_id == actor_id:
        raise OwnCase


async def _check_not_own_appeal(
    session: AsyncSession, flag: Flag, actor_id: int, now: datetime
) -> None:
    """Raises OwnAppeal for whoever decided before, if there is another moderator."""
    mine = flag.appealed_at is not None and flag.decided_by == actor_id
    if mine and await _others(session, flag, actor_id, now):
        raise OwnAppeal


async def _others(session: AsyncSession, flag: Flag, actor_id: int, now: datetime) -> bool:
    """Whether another moderator has acted on a case of this server lately."""
    query = (
        select(FlagEntry.id)
        .join(Flag, Flag.id == FlagEntry.flag_id)
        .where(
            Flag.guild_id == flag.guild_id,
            FlagEntry.actor_id.not_in((actor_id, flag.user_id)),
            FlagEntry.deed.in_((Deed.claimed, Deed.upheld, Deed.overturned)),
            FlagEntry.at > now - ACTIVE,
        )
    )
    return await session.scalar(query.limit(1)) is not None


async def _change(session: AsyncSession, flag: Flag, values: Mapping[str, object]) -> None:
    """Changes the case if it is still as it was read. Raises CaseChanged."""
    as_read = (
        Flag.id == flag.id,
        Flag.state == flag.state,
        Flag.handler_id.is_not_distinct_from(flag.handler_id),
        Flag.appealed_at.is_not_distinct_from(flag.appealed_at),
    )
    change = update(Flag).where(*as_read).values(values).returning(Flag.id)
    if await session.scalar(change) is None:
        raise CaseChanged
    await session.refresh(flag)
