"""What a job's message shows at this moment, read from the database and the image store.

Knows no edits and no timing. Only signed pictures and previews leave, and no error's own words.
"""

import discord

from bot import grid, pictures, views
from bot.pictures import Content, Picture
from bot.presenters import job as texts
from bot.services import Services
from db import credits, guilds, images, lanes
from db.outlook import outlook
from db.tables import Job, Progress, State

ENDED = {
    State.failed: texts.failed,
    State.cancelled: texts.cancelled,
    State.rejected: texts.rejected,
}


async def finished(services: Services, job: Job, limit: int) -> Content | None:
    """A job's end, with files of at most `limit` bytes; None if its pictures were deleted."""
    if job.state in ENDED:
        return Content(views.ended(job, ENDED[job.state](job)))
    async with services.database.read() as session:
        found = [image for image in await images.of_job(session, job.id) if not image.deleted_at]
        card = await lanes.card(session, job.lane) or {}
        missing = await lanes.missing(session, services.config.model)
        hidden = await guilds.hides(session, job)
    if not found:
        return None
    shown = await pictures.load(services.store, found, limit)
    told = job.result or {}
    unknown, unread = told.get("unknown_words", []), told.get("unread_words", [])
    text = texts.finished(job, unknown, unread, len(card.get("vocabulary", [])))
    view = grid.result(job, text, found, shown, services.config.credits, missing, hidden)
    return Content(view, shown)


async def moved(services: Services, job: Job, limit: int) -> Content | None:
    """The same for a direct message, with why it comes so."""
    content = await finished(services, job, limit)
    if content is not None:
        content.view.add_item(discord.ui.TextDisplay(texts.moved(job)))
    return content


async def waiting(services: Services, job: Job) -> Content:
    """A job's place in the queue."""
    async with services.database.read() as session:
        now = await services.database.now(session)
        ahead = await outlook(session, job.id, now)
        balance = await credits.balance(session, job.user_id, now)
    text = texts.waiting(job, ahead, balance)
    return Content(views.under_way(job, text), mark=(ahead.ahead, ahead.paused, ahead.served))


def running(job: Job, progress: Progress | None) -> Content:
    """How far a job is, with its newest preview."""
    if progress is None:
        return Content(views.under_way(job, texts.running(job, 0, 0)), mark="running")
    text = texts.running(job, progress.step, progress.total)
    shown = [Picture(f"preview-{progress.step}.webp", progress.preview)] if progress.preview else []
    return Content(views.under_way(job, text, *shown), shown, progress.updated_at)
