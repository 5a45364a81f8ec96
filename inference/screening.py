"""What the checks' findings do: end a job with a case, or tell the moderators and let it go on.

It and `held` are the worker's hands in the database.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from PIL import Image

from blurring import strip
from config import Action
from db import bans, flags, guilds, queue, standing
from db.engine import Database, Session
from db.flag_tables import Flag
from db.flags import NewFlag
from db.store import ImageStore
from db.tables import Job
from inference.safety.check import Check, Finding, Subject
from inference.safety.safety import Outcome, run

POINTS = {"banned": 2}
"""What a refusal weighs in its member's record; a face or a model's slip is nobody's offence."""
JOINT_POINTS = 1


@dataclass(frozen=True)
class Source:
    """A picture that is looked at; `brought` is the digest of a member's file."""

    picture: Image.Image
    brought: str | None = None


class Screen:
    """The checks, and what they need to know of a server."""

    def __init__(
        self,
        database: Database,
        store: ImageStore,
        checks: Sequence[Check],
        actions: Mapping[str, Action],
    ) -> None:
        self._database, self._store = database, store
        self._checks, self._actions = checks, actions
        self._turn = asyncio.Lock()  # what they hold serves one batch at a time

    async def look(
        self,
        stage: Literal["upload", "output"],
        claimed: Sequence[Job],
        pictures: Sequence[Sequence[Source]],
    ) -> list[Outcome]:
        """What is against each job, which a finding has ended; None if it may go on."""
        async with self._database.read() as session:
            looked_at = [
                await self._not_cleared(session, job, row)
                for job, row in zip(claimed, pictures, strict=True)
            ]
            subjects = [
                await self._subject(session, stage, job, [source.picture for source in row])
                for job, row in zip(claimed, looked_at, strict=True)
            ]
        async with self._turn:
            outcomes = await asyncio.to_thread(run, self._checks, subjects)
        for row, (job, outcome) in enumerate(zip(claimed, outcomes, strict=True)):
            if isinstance(outcome, Finding):
                await self._open_case(job, outcome, looked_at[row])
                if outcome.act == "flag":
                    outcomes[row] = None
        return outcomes

    async def _not_cleared(
        self, session: Session, job: Job, sources: Sequence[Source]
    ) -> list[Source]:
        """Without what moderators of the server have let pass."""
        return [
            source
            for source in sources
            if source.brought is None
            or not await guilds.is_allowed(session, job.guild_id, source.brought)
        ]

    async def _subject(
        self,
        session: Session,
        stage: Literal["upload", "output"],
        job: Job,
        pictures: Sequence[Image.Image],
    ) -> Subject:
        chosen = await guilds.get(session, job.guild_id) if job.guild_id else None
        words = _words(job)
        return Subject(
            "" if await guilds.is_allowed(session, job.guild_id, words) else words,
            stage,
            pictures,
            frozenset(await flags.concerns(session, job.id)),
            frozenset(await bans.of_guild(session, job.guild_id)),
            {**self._actions, **(chosen.actions if chosen else {})},
        )

    async def _open_case(self, job: Job, finding: Finding, sources: Sequence[Source]) -> None:
        """Keeps the evidence first; then the job's end, the refund and the case are one."""
        concerned = sources if finding.picture is None else [sources[finding.picture]]
        if finding.stage == "prompt":
            concerned = ()
        key = await self._keep(job, finding, [source.picture for source in concerned])
        new = _flag(job, finding, concerned, key)
        async with self._database.write() as session:
            now = await self._database.now(session)
            if finding.act == "flag":
                flag: Flag | None = await standing.record(session, new, now)
            else:
                flag = await queue.reject(session, job.id, job.attempt, now, new)
        if key and (flag is None or flag.evidence_key != key):  # an older case has its own
            await self._store.delete(key)

    async def _keep(
        self, job: Job, finding: Finding, pictures: Sequence[Image.Image]
    ) -> str | None:
        """Where the pictures lie, blurred."""
        if not pictures:
            return None
        key = f"evidence/job-{job.id}-{job.attempt}-{finding.stage}.webp"
        await self._store.put(key, await asyncio.to_thread(strip, pictures))
        return key


def _words(job: Job) -> str:
    """All that the member wrote: of two texts both."""
    return "\n".join(filter(None, (job.params.get("before"), job.params["prompt"])))


def _flag(job: Job, finding: Finding, sources: Sequence[Source], evidence: str | None) -> NewFlag:
    """The case; the same words, or the same upload by its digest, sent again add to it."""
    brought = " ".join(source.brought for source in sources if source.brought)
    points = POINTS.get(finding.category, JOINT_POINTS if finding.stage == "joint" else 0)
    return NewFlag(
        user_id=job.user_id,
        guild_id=job.guild_id,
        channel_id=job.channel_id,
        stage=finding.stage,
        category=finding.category,
        rule=finding.rule,
        span=None,
        prompt=_words(job),
        action=finding.act,
        normalised=_words(job) if finding.stage == "prompt" else brought,
        points=0 if finding.act == "flag" else points,
        job_id=job.id,
        scores=dict(finding.scores),
        evidence_key=evidence,
    )
