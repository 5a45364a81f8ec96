"""What is kept of a member: all of it for them to read, and taking it away. Never commits.

What is taken away leaves a ledger in which nobody is named, and what moderators still decide.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db import copies, credits, queue
from db.flag_tables import Block, Deed, Flag, FlagEntry
from db.flags import UNDECIDED
from db.member_tables import Acceptance, Admission, Gift, Letter, Purchase, Wish
from db.tables import (
    LEFT_BEHIND,
    UNFINISHED,
    Edit,
    Favourite,
    Image,
    Job,
    LedgerEntry,
    Lot,
    Progress,
    User,
)

BATCH = 500
"""Requests whose words are taken away at a time."""


@dataclass(frozen=True)
class Forgotten:
    """What was taken away: how much of it, and the names of evidence whose bytes are to go."""

    requests: int
    pictures: int
    open_cases: int
    evidence: list[str]


@dataclass(frozen=True)
class Record:
    """What is kept of a member in all servers beside what they made, oldest first.

    Warnings come with their case; `reports` are the member's own.
    """

    cases: list[Flag]
    warnings: list[tuple[Flag, FlagEntry]]
    blocks: list[Block]
    reports: list[FlagEntry]
    accepted: Acceptance | None
    admissions: list[Admission]
    favourites: list[Image]
    letters: list[Letter]


@dataclass(frozen=True)
class Retired:
    """How much had been kept for long enough."""

    uploads: int
    pictures: int
    requests: int


async def requests(session: AsyncSession, user_id: int) -> list[Job]:
    """All that the member asked for, oldest first."""
    return list(await session.scalars(select(Job).where(Job.user_id == user_id).order_by(Job.id)))


async def pictures(session: AsyncSession, user_id: int) -> list[Image]:
    """Every picture and mask of the member whose bytes are there: made for them, or brought."""
    mine = or_(Job.user_id == user_id, Image.brought_by == user_id)
    query = select(Image).outerjoin(Job, Job.id == Image.job_id).where(mine)
    return list(await session.scalars(query.where(Image.deleted_at.is_(None)).order_by(Image.id)))


async def ledger(session: AsyncSession, user_id: int) -> list[LedgerEntry]:
    """Every change of the member's wallet, oldest first."""
    query = select(LedgerEntry).where(LedgerEntry.user_id == user_id)
    return list(await session.scalars(query.order_by(LedgerEntry.id)))


async def record(session: AsyncSession, user_id: int) -> Record:
    """All that is kept of the member beside requests, pictures and wallet."""
    cases = select(Flag).where(Flag.user_id == user_id).order_by(Flag.id)
    about = select(Flag, FlagEntry).join(FlagEntry, FlagEntry.flag_id == Flag.id)
    warned = about.where(Flag.user_id == user_id, FlagEntry.deed == Deed.warned)
    warnings = await session.execute(warned.order_by(FlagEntry.id))
    blocks = select(Block).where(Block.user_id == user_id).order_by(Block.id)
    told = (FlagEntry.actor_id == user_id, FlagEntry.deed == Deed.reported)
    starred = select(Image).join(Favourite, Favourite.image_id == Image.id)
    return Record(
        list(await session.scalars(cases)),
        [(flag, entry) for flag, entry in warnings],
        list(await session.scalars(blocks)),
        list(await session.scalars(select(FlagEntry).where(*told).order_by(FlagEntry.id))),
        await session.get(Acceptance, user_id),
        list(await session.scalars(select(Admission).where(Admission.user_id == user_id))),
        list(await session.scalars(starred.where(Favourite.user_id == user_id))),
        list(await session.scalars(select(Letter).where(Letter.user_id == user_id))),
    )


async def forget(session: AsyncSession, user_id: int, now: datetime) -> Forgotten:
    """Takes away what is kept of a member, but for their wallet and their open cases."""
    await _cancel_all(session, user_id, now)
    found = await pictures(session, user_id)
    for image in found:
        image.deleted_at = now
    asked = await requests(session, user_id)
    for job in asked:
        _hide_words(job)
        job.delivered_at = job.delivered_at or now
    await session.flush()
    jobs = select(Job.id).where(Job.user_id == user_id)
    await session.execute(delete(Progress).where(Progress.job_id.in_(jobs)))
    await copies.call_back(session, Image.job_id.in_(jobs))
    for table in (Edit, Favourite, Wish, Acceptance, Letter):
        await session.execute(delete(table).where(table.user_id == user_id))
    decided = select(Flag.id).where(Flag.state.not_in(UNDECIDED))
    reports = (FlagEntry.actor_id == user_id, FlagEntry.deed == Deed.reported)
    told = update(FlagEntry).where(*reports, FlagEntry.flag_id.in_(decided))
    await session.execute(told.values(text=""))
    evidence = await _close_cases(session, user_id)
    if await session.get(User, user_id) is not None:
        await _unname(session, user_id, now)
    query = select(Flag.id).where(Flag.user_id == user_id, Flag.state.in_(UNDECIDED))
    undecided = len(list(await session.scalars(query)))
    return Forgotten(len(asked), len(found), undecided, evidence)


async def _cancel_all(session: AsyncSession, user_id: int, now: datetime) -> None:
    """Cancels what waits or runs, also what is asked for at the same moment.

    All jobs are locked before the member: whoever ends one of them locks in that order, too.
    """
    mine = select(Job.id).where(Job.user_id == user_id, UNFINISHED).order_by(Job.id)
    waiting = list(await session.scalars(mine.with_for_update()))
    await session.get(User, user_id, with_for_update=True)
    for job_id in {*waiting, *await session.scalars(mine)}:
        await queue.cancel(session, job_id, now)


async def retire(
    session: AsyncSession, uploads_before: datetime, made_before: datetime | None, now: datetime
) -> Retired:
    """Takes away what is older than that; without `made_before` no pictures that were made here."""
    brought = (Image.brought_by.is_not(None), Image.created_at < uploads_before)
    uploads = await _delete(session, brought, now)
    edits = delete(Edit).where(Edit.created_at < uploads_before)
    await session.execute(edits)
    if made_before is None:
        return Retired(uploads, 0, 0)
    made = (Image.job_id.is_not(None), Image.created_at < made_before)
    pictures = await _delete(session, made, now)
    worded = (Job.finished_at < made_before, Job.params["prompt"].as_string() != "")
    old = list(await session.scalars(select(Job).where(*worded).limit(BATCH)))
    for job in old:
        _hide_words(job)
    return Retired(uploads, pictures, len(old))


async def _delete(
    session: AsyncSession, which: Collection[ColumnElement[bool]], now: datetime
) -> int:
    change = update(Image).where(*which, Image.deleted_at.is_(None)).values(deleted_at=now)
    return len(list(await session.scalars(change.returning(Image.id))))


def _hide_words(job: Job) -> None:
    """Empties what a request said, and what was said about its words."""
    words = dict.fromkeys((name for name in ("prompt", "before") if name in job.params), "")
    kept = {name: value for name, value in job.params.items() if name != "steered"}
    job.params, job.result = kept | words, {}


async def _close_cases(session: AsyncSession, user_id: int) -> list[str]:
    """Empties the member's decided cases; the names of their evidence."""
    decided = (Flag.user_id == user_id, Flag.state.not_in(UNDECIDED))
    cases = list(await session.scalars(select(Flag).where(*decided)))
    evidence = [case.evidence_key for case in cases if case.evidence_key]
    await empty_cases(session, cases)
    return evidence


async def old_cases(session: AsyncSession, before: datetime, after: int, limit: int) -> list[Flag]:
    """Cases made, and appealed if they were, before that, which still hold words or pictures.

    The first of them after that number.
    """
    holds = or_(Flag.prompt != "", Flag.evidence_key.is_not(None), Flag.job_id.is_not(None))
    appealed = or_(Flag.appealed_at.is_(None), Flag.appealed_at < before)
    query = select(Flag).where(Flag.created_at < before, appealed, holds, Flag.id > after)
    return list(await session.scalars(query.order_by(Flag.id).limit(limit)))


async def drop_marks(session: AsyncSession) -> int:
    """Takes away by what erased uploads could be known again, but for those in open cases.

    A banned picture stays known: the ban has a mark of its own. Returns how many were taken away.
    """
    stages = (Flag.stage.in_(("upload", "joint")), Flag.state.in_(UNDECIDED))
    named = " ".join(await session.scalars(select(Flag.normalised).where(*stages))).split()
    erased = (Image.brought_by.is_not(None), Image.erased_at.is_not(None), Image.sha256 != "")
    change = update(Image).where(*erased, Image.sha256.not_in(named))
    gone = await session.scalars(change.values(sha256="", fingerprint=None).returning(Image.id))
    return len(list(gone))


async def empty_cases(session: AsyncSession, cases: Collection[Flag]) -> None:
    """Takes away what members said in cases; what was decided, and when, stays to be counted."""
    numbers = [case.id for case in cases]
    empty = {"prompt": "", "normalised": "", "span": None, "job_id": None, "evidence_key": None}
    await session.execute(update(Flag).where(Flag.id.in_(numbers)).values(empty))
    theirs = FlagEntry.deed.in_((Deed.again, Deed.appealed, Deed.reported))
    told = update(FlagEntry).where(FlagEntry.flag_id.in_(numbers), theirs)
    await session.execute(told.values(text=""))


async def _unname(session: AsyncSession, user_id: int, now: datetime) -> None:
    """Puts the past under a number that leads to nobody; what is left to spend stays.

    The wallet itself stays the member's, or the credits of a first month would be for the asking.
    """
    nobody = -secrets.randbits(62) - 1
    session.add(User(id=nobody, created_at=now, refill_at=now, weight=1.0, vfinish=0.0))
    await session.flush()
    for table in (LedgerEntry, Lot, Job):
        change = update(table).where(table.user_id == user_id).values(user_id=nobody)
        await session.execute(change)
    for column in (Image.brought_by, Gift.giver_id, Gift.taker_id):
        change = update(column.class_).where(column == user_id)
        await session.execute(change.values({column: nobody}))
    # What is left of a purchase leads to it, so that must not lead on to the past.
    await session.execute(update(Purchase).where(Purchase.user_id == user_id).values(user_id=None))
    await credits.move(session, nobody, user_id, None, None, "kept", now)
    await session.execute(update(Lot).where(Lot.user_id == nobody).values(purchase=None))


async def left_behind(session: AsyncSession, limit: int) -> list[Job]:
    """Jobs that were taken away and whose messages still stand."""
    return list(await session.scalars(select(Job).where(LEFT_BEHIND).order_by(Job.id).limit(limit)))


async def message_gone(session: AsyncSession, job_id: int) -> None:
    """Notes that a job's message stands no more."""
    await session.execute(update(Job).where(Job.id == job_id).values(message_id=None))
