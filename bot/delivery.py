"""Brings jobs to their messages: progress now and then, results first, each exactly once.

It stands beside the bot and reads only the database, so it finishes what an earlier run
began. Editing one known message makes every step safe to repeat. Knows no commands, and
not what a message says.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

import discord

from bot import mail, messages
from bot.pictures import Content
from bot.rounds import passes
from bot.services import Services
from db import jobs
from db.errors import ImageMissing
from db.tables import Job, Progress, State

log = logging.getLogger(__name__)

OnEdit = Callable[[str], Awaitable[None]]

POLL = 1.0
"""Seconds after which the database is read again even if it gave no hint."""
BATCH = 50
"""Finished jobs that one pass takes up."""
LOOK = timedelta(seconds=0.5)
"""The time between two looks at the jobs under way; finished ones are looked for each time."""
PACE = timedelta(seconds=3)
"""The time between two progress edits in one channel."""
GRACE = timedelta(seconds=10)
"""How long a new job's message may still be on its way as the answer to a command."""
PAUSES = [timedelta(seconds=s) for s in (2, 5, 15, 60, 300, 300, 300)]
"""The waits after failed tries. After the last, a job counts as delivered and stays in the
database, unless Discord as a whole is out of reach."""
REPOST = {10008, 30046, 50083}
"""Discord's codes for: the message is gone; it is too old to be edited again so soon; its thread
is archived, and opens with a new message."""
HOPELESS = {10003, 50001, 50013, 50083, 160005}
"""Discord's codes for: the channel is gone; no access; no permission; the thread is closed."""
TOO_LARGE = 40005
"""Discord's code for files that are over its limit, whatever it said the limit is."""

NOBODY = discord.AllowedMentions.none()
MAIL_LIMIT = discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass
class _Shown:
    """What this run knows of a job's message: what it shows, and how edits of it fared."""

    mark: object = None
    looked_at: datetime = LONG_AGO
    not_before: datetime = LONG_AGO
    failures: int = 0
    shrunk: int = 1


@dataclass
class _Channel:
    """What is to be edited in one channel, and when progress may be shown there again."""

    finished: list[Job] = field(default_factory=list)
    under_way: list[jobs.UnderWay] = field(default_factory=list)


class Delivery:
    """Edits the messages of all channels, each channel by itself: a slow one delays no other.

    `on_edit` is awaited after each change with "queued", "progress" or "done".
    """

    def __init__(
        self, bot: discord.Client, services: Services, on_edit: OnEdit | None = None
    ) -> None:
        self._bot = bot
        self._services = services
        self._on_edit = on_edit
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._shown: defaultdict[int, _Shown] = defaultdict(_Shown)
        self._next_look = LONG_AGO
        self._next_progress: defaultdict[int, datetime] = defaultdict(lambda: LONG_AGO)

    async def run(self) -> None:
        """Delivers until cancelled."""
        try:
            while True:
                try:
                    await self._begin()
                    await self._services.database.wait("updates", POLL)
                except Exception as error:
                    log.error("the database could not be read: %s", type(error).__name__)
                    await asyncio.sleep(POLL)
        finally:
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def deliver_once(self) -> None:
        """One pass; returns when every edit that it began is done."""
        await self._begin()
        await asyncio.gather(*self._tasks.values())

    async def _begin(self) -> None:
        """Starts the work of every channel that is not still busy with an earlier pass."""
        now = self._services.clock()
        looks = self._next_look <= now
        resting = [job_id for job_id, shown in self._shown.items() if shown.not_before > now]
        async with self._services.database.read() as session:
            finished = await jobs.to_deliver(session, BATCH, list(self._tasks), resting)
            under_way = await jobs.under_way(session) if looks else []
            if looks:
                self._next_look = now + LOOK
                known = list(self._shown.keys() - {job.id for job in under_way})
                for gone in set(known) - set(await jobs.not_shown(session, known)):
                    del self._shown[gone]
        for channel_id, channel in self._due(finished, under_way).items():
            if channel_id not in self._tasks:
                task = asyncio.create_task(self._serve(channel_id, channel))
                self._tasks[channel_id] = task
                task.add_done_callback(partial(self._ended, channel_id))

    def _ended(self, channel_id: int, task: asyncio.Task[None]) -> None:
        del self._tasks[channel_id]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("channel %d waits for the next pass: %s", channel_id, type(error).__name__)

    def _due(
        self, finished: Sequence[Job], under_way: Sequence[jobs.UnderWay]
    ) -> dict[int, _Channel]:
        """What can be shown now, by channel."""
        channels: defaultdict[int, _Channel] = defaultdict(_Channel)
        for job in finished:
            if self._is_due(job):
                channels[job.channel_id].finished.append(job)
        for waiting in under_way:
            if self._is_due(waiting):
                channels[waiting.channel_id].under_way.append(waiting)
        return channels

    def _is_due(self, job: Job | jobs.UnderWay) -> bool:
        """Whether the job's message can be expected and its last failure is long enough ago."""
        now = self._services.clock()
        arrived = job.message_id is not None or now - job.created_at >= GRACE
        return arrived and self._shown[job.id].not_before <= now

    async def _serve(self, channel_id: int, channel: _Channel) -> None:
        """Results first, then at most one progress edit."""
        for job in channel.finished:
            await self._attempt(job, self._finish(job))
        now = self._services.clock()
        if channel.under_way and self._next_progress[channel_id] <= now:
            chosen = min(channel.under_way, key=lambda job: self._shown[job.id].looked_at)
            self._shown[chosen.id].looked_at = now
            async with self._services.database.read() as session:
                job, progress = await jobs.with_progress(session, chosen.id)
            if job.finished_at is None:
                await self._attempt(job, self._show(job, progress))

    async def _attempt(self, job: Job, work: Awaitable[None]) -> None:
        """Does the work; a failure makes the job wait, ever longer, or be given up."""
        shown = self._shown[job.id]
        try:
            await work
            shown.failures = 0
        except Exception as error:
            tries = len(PAUSES)
            given_up = _is_hopeless(error) or (shown.failures >= tries and not passes(error))
            shown.not_before = self._services.clock() + PAUSES[min(shown.failures, tries - 1)]
            shown.failures += 1
            reason = type(error).__name__ + str(getattr(error, "code", ""))
            log.warning("job %d could not be shown: %s%s", job.id, reason, ", given up" * given_up)
            if getattr(error, "code", None) == TOO_LARGE:
                shown.shrunk *= 2
            if given_up and job.finished_at is not None:
                await self._mail(job)

    async def _finish(self, job: Job) -> None:
        """Shows a job's end, and notes that it is shown."""
        guild = self._bot.get_guild(job.guild_id) if job.guild_id and not job.private else None
        limit = guild.filesize_limit if guild else MAIL_LIMIT
        content = await messages.finished(self._services, job, limit // self._shown[job.id].shrunk)
        if content is not None:
            await self._put(job, content)
        await self._mark_delivered(job)
        await self._tell("done")

    async def _mail(self, job: Job) -> None:
        """Sends a job's end to its member, as it can't be shown where it was asked for.

        Who takes no direct messages finds it in their history, and is told so.
        """
        try:
            content = await messages.moved(self._services, job, MAIL_LIMIT)
            mailbox = await self._bot.create_dm(discord.Object(job.user_id))
            sent = None if content is None else await mail.send(mailbox, content, f"job-{job.id}")
        except (mail.NoDirectMessages, discord.HTTPException, ImageMissing) as error:
            log.warning("job %d is kept: %s", job.id, type(error).__name__)
            async with self._services.database.write() as session:
                await jobs.keep(session, job.id)
        else:
            if sent is not None:
                async with self._services.database.write() as session:
                    await jobs.make_private(session, job.id, sent.channel.id, sent.id)
        await self._mark_delivered(job)

    async def _show(self, job: Job, progress: Progress | None) -> None:
        """Shows how far a job is, if that changed."""
        queued = job.state == State.queued
        if queued:
            content = await messages.waiting(self._services, job)
        else:
            content = messages.running(job, progress)
        shown = self._shown[job.id]
        new = self._services.clock() - job.created_at < PACE
        if queued and new and shown.mark is None and job.message_id is not None:
            shown.mark = content.mark  # the answer to the command has just said so
        if content.mark == shown.mark:
            return
        self._next_progress[job.channel_id] = self._services.clock() + PACE
        await self._put(job, content)
        shown.mark = content.mark
        await self._tell("queued" if queued else "progress")

    async def _put(self, job: Job, content: Content) -> None:
        """Edits the job's message, or posts one where there is none, and records it.

        The nonce lets Discord drop a second post of the same message.
        """
        channel = self._bot.get_partial_messageable(job.channel_id, guild_id=job.guild_id)
        stale = channel.get_partial_message(job.message_id) if job.message_id else None
        if stale is not None:
            try:
                await stale.edit(
                    view=content.view, attachments=content.files(), allowed_mentions=NOBODY
                )
                return
            except discord.HTTPException as error:
                if error.code not in REPOST:
                    raise
        nonce = f"job-{job.message_id or job.id}"
        posted = await channel.send(
            view=content.view, files=content.files(), nonce=nonce, allowed_mentions=NOBODY
        )
        async with self._services.database.write() as session:
            await jobs.set_message(session, job.id, job.channel_id, posted.id)
        if stale is not None:
            with suppress(discord.HTTPException):
                await stale.delete()

    async def _mark_delivered(self, job: Job) -> None:
        async with self._services.database.write() as session:
            now = await self._services.database.now(session)
            await jobs.mark_delivered(session, job.id, now)

    async def _tell(self, what: str) -> None:
        if self._on_edit is not None:
            await self._on_edit(what)


def _is_hopeless(error: Exception) -> bool:
    """Whether Discord will never take it."""
    return isinstance(error, discord.HTTPException) and error.code in HOPELESS
