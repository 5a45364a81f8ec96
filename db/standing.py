"""What a member's flags add up to: tries of the same, points, and blocks that follow by themselves.

Takes a session and never commits. What a flag weighs is the policy's business.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from db import blocks, cases, flags
from db.flag_tables import CaseState, Deed, Flag
from db.flags import NewFlag

WINDOW = timedelta(days=30)
"""How long points count."""
RETRY = timedelta(days=1)
"""How long a new prompt that is nearly the same counts as another try of the first."""
RETRY_POINTS = 3
ALIKE = 0.6
"""The share of words that two such prompts have in common."""
STEPS = (
    (24, timedelta(days=7)),
    (16, timedelta(days=1)),
    (8, timedelta(hours=1)),
)
"""From so many points on the bot blocks for so long; never for good, that is for people."""


async def record(session: AsyncSession, new: NewFlag, now: datetime) -> Flag:
    """Opens a case, or counts another try for an open one; blocks whoever goes too far."""
    since = now - WINDOW
    before = await flags.standing(session, new.user_id, new.guild_id, since)
    flag = await _add(session, new, now)
    after = await flags.standing(session, new.user_id, new.guild_id, since)
    if length := penalty(before.points, after.points):
        await _block(session, flag, after.points, length, now)
    return flag


async def _add(session: AsyncSession, new: NewFlag, now: datetime) -> Flag:
    """The case, with one try more if there was one; a new one where that was upheld already."""
    again = max(new.points, RETRY_POINTS) if new.points else 0
    for flag in await flags.kept(session, new.user_id, new.guild_id, now - RETRY):
        if flag.action == new.action and alike(flag.normalised, new.normalised):
            if flag.state == CaseState.upheld:
                return await flags.add(session, replace(new, points=again), now)
            await flags.add_again(session, flag, new, again, now)
            return flag
    return await flags.add(session, new, now)


async def relieve(session: AsyncSession, flag: Flag, actor_id: int, now: datetime) -> bool:
    """Ends the blocks that an overturned case led to, also those that its points helped to.

    Returns whether there were any. What a moderator blocked for another case stays.
    """
    lifted = await blocks.lift_of_case(session, flag.id, actor_id, now)
    left = await flags.standing(session, flag.user_id, flag.guild_id, now - WINDOW)
    if left.points < STEPS[-1][0]:
        lifted += await blocks.lift_automatic(session, flag.user_id, flag.guild_id, actor_id, now)
    return bool(lifted)


async def _block(
    session: AsyncSession, flag: Flag, total: int, length: timedelta, now: datetime
) -> None:
    """Blocks the member for a while; the case shows it to the moderators."""
    reason = f"{total} points in {WINDOW.days} days"
    await blocks.add(
        session,
        user_id=flag.user_id,
        guild_id=flag.guild_id,
        flag_id=flag.id,
        reason=reason,
        length=length,
        now=now,
    )
    until = f"{length / timedelta(hours=1):g} h: {reason}"
    await cases.note(session, flag, None, Deed.blocked, until, now)


def penalty(before: int, after: int) -> timedelta | None:
    """How long to block whose points have just grown over a step."""
    return next((length for step, length in STEPS if before < step <= after), None)


def alike(one: str, other: str) -> bool:
    """Whether two prompts, as they were read, have most of their words in common."""
    words, others = set(one.split()), set(other.split())
    return len(words & others) >= ALIKE * len(words | others) > 0
