"""The log of what was noticed: adding to it, finding in it. Takes a session and never commits.

What moderators do about a flag is `cases`'s.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.flag_tables import UNPOSTED, CaseState, Deed, Flag, FlagEntry

UNDECIDED = (CaseState.open, CaseState.claimed)
KEPT = (*UNDECIDED, CaseState.upheld)


@dataclass(frozen=True)
class NewFlag:
    """What was noticed; `span` is the part of the prompt that the rule matched.

    `command` is what the member used, `scores` what a classifier or a detector measured, and
    `evidence_key` where a blurred picture lies.
    """

    user_id: int
    guild_id: int | None
    channel_id: int
    stage: str
    category: str | None
    rule: str | None
    span: tuple[int, int] | None
    prompt: str
    action: str
    normalised: str = ""
    command: str = ""
    points: int = 0
    job_id: int | None = None
    scores: dict[str, Any] = field(default_factory=dict)
    evidence_key: str | None = None


@dataclass(frozen=True)
class Search:
    """Which of a server's flags are wanted; what is left out doesn't matter."""

    states: Collection[CaseState] = ()
    category: str | None = None
    user_id: int | None = None
    since: datetime | None = None
    words: str = ""
    appealed: bool = False


@dataclass(frozen=True)
class Standing:
    """A member's record in one server, in a span of time. Overturned cases don't count."""

    cases: int
    upheld: int
    points: int


async def add(session: AsyncSession, new: NewFlag, now: datetime) -> Flag:
    """Opens a case."""
    values = vars(new) | {"span": list(new.span) if new.span else None, "created_at": now}
    flag = Flag(**values, tries=1, state=CaseState.open)
    session.add(flag)
    await session.flush()
    return flag


async def add_again(
    session: AsyncSession, flag: Flag, new: NewFlag, points: int, now: datetime
) -> None:
    """Counts another try of nearly the same, and its points, for the case that is open for it."""
    counted = {"tries": Flag.tries + 1, "points": Flag.points + points}
    await session.execute(update(Flag).where(Flag.id == flag.id).values(counted))
    await post_again(session, flag.id)
    session.add(FlagEntry(flag_id=flag.id, actor_id=None, deed=Deed.again, text=new.prompt, at=now))
    await session.flush()


async def get(session: AsyncSession, flag_id: int) -> Flag | None:
    """The flag of that number."""
    return await session.get(Flag, flag_id)


async def set_job(session: AsyncSession, flag_id: int, job_id: int) -> None:
    """Notes which job came of a prompt that was let through."""
    await session.execute(update(Flag).where(Flag.id == flag_id).values(job_id=job_id))


async def set_evidence(session: AsyncSession, flag_id: int, key: str) -> None:
    """Notes where the blurred pictures lie."""
    await session.execute(update(Flag).where(Flag.id == flag_id).values(evidence_key=key))


async def of_job(session: AsyncSession, job_id: int) -> Flag | None:
    """The newest flag of a job."""
    query = select(Flag).where(Flag.job_id == job_id).order_by(Flag.id.desc()).limit(1)
    flag: Flag | None = await session.scalar(query)
    return flag


async def concerns(session: AsyncSession, job_id: int) -> list[str]:
    """The categories for which a job's prompts were noticed and let through."""
    noticed = (Flag.job_id == job_id, Flag.stage == "prompt", Flag.category.is_not(None))
    return list(await session.scalars(select(Flag.category).where(*noticed)))


async def open_report(session: AsyncSession, job_id: int) -> Flag | None:
    """The case about a job that members opened, while nobody has decided it."""
    which = (Flag.job_id == job_id, Flag.stage == "report", Flag.state.in_(UNDECIDED))
    flag: Flag | None = await session.scalar(select(Flag).where(*which).limit(1))
    return flag


async def next_open(session: AsyncSession, guild_id: int, after_id: int) -> Flag | None:
    """The undecided case below that one in the list, else the one at its top; none but itself."""
    which = (Flag.guild_id == guild_id, Flag.state.in_(UNDECIDED), Flag.id != after_id)
    order = ((Flag.id < after_id).desc(), Flag.id.desc())
    flag: Flag | None = await session.scalar(select(Flag).where(*which).order_by(*order).limit(1))
    return flag


async def kept(
    session: AsyncSession, user_id: int, guild_id: int | None, since: datetime
) -> list[Flag]:
    """A member's cases that count, the newest first: all but those that were overturned."""
    query = _of(user_id, guild_id, since).where(Flag.state.in_(KEPT))
    return list(await session.scalars(query.order_by(Flag.id.desc())))


async def find(
    session: AsyncSession,
    guild_id: int,
    search: Search,
    limit: int,
    before_id: int | None = None,
) -> list[Flag]:
    """A server's newest flags of those wanted; `before_id` turns the page."""
    query = _wanted(select(Flag).where(Flag.guild_id == guild_id), search)
    if before_id is not None:
        query = query.where(Flag.id < before_id)
    return list(await session.scalars(query.order_by(Flag.id.desc()).limit(limit)))


async def count(session: AsyncSession, guild_id: int, search: Search) -> int:
    """How many of a server's flags are wanted."""
    query = select(func.count()).select_from(Flag).where(Flag.guild_id == guild_id)
    return await session.scalar(_wanted(query, search)) or 0


async def standing(
    session: AsyncSession, user_id: int, guild_id: int | None, since: datetime
) -> Standing:
    """A member's record since a moment."""
    counted = await kept(session, user_id, guild_id, since)
    upheld = sum(flag.state == CaseState.upheld for flag in counted)
    return Standing(len(counted), upheld, sum(flag.points for flag in counted))


async def to_post(
    session: AsyncSession, guild_ids: Collection[int], resting: Collection[int], limit: int
) -> list[Flag]:
    """Flags of these servers whose card is not in the moderators' channel, oldest first.

    Without those that rest.
    """
    query = select(Flag).where(UNPOSTED, Flag.guild_id.in_(guild_ids), Flag.id.not_in(resting))
    return list(await session.scalars(query.order_by(Flag.id).limit(limit)))


async def mark_posted(
    session: AsyncSession,
    flag_id: int,
    channel_id: int | None,
    message_id: int | None,
    now: datetime,
) -> None:
    """Notes where the card is; without a message that there will be none."""
    change = update(Flag).where(Flag.id == flag_id)
    await session.execute(
        change.values(card_channel_id=channel_id, card_message_id=message_id, posted_at=now)
    )


async def post_again(session: AsyncSession, flag_id: int) -> None:
    """Has the card shown anew, in its old message if it has one."""
    await session.execute(update(Flag).where(Flag.id == flag_id).values(posted_at=None))


def _of(user_id: int, guild_id: int | None, since: datetime) -> Select[Any]:
    """A member's flags in a server since a moment."""
    return select(Flag).where(
        Flag.user_id == user_id, Flag.guild_id == guild_id, Flag.created_at >= since
    )


def _wanted(query: Select[Any], search: Search) -> Select[Any]:
    """The query, narrowed to what is wanted."""
    if search.states:
        query = query.where(Flag.state.in_(search.states))
    if search.category is not None:
        query = query.where(Flag.category == search.category)
    if search.user_id is not None:
        query = query.where(Flag.user_id == search.user_id)
    if search.since is not None:
        query = query.where(Flag.created_at >= search.since)
    if search.words:
        query = query.where(Flag.prompt.icontains(search.words, autoescape=True))
    if search.appealed:
        query = query.where(Flag.appealed_at.is_not(None))
    return query
