"""A job's message before and without pictures: its layouts, and what the buttons below them do.

Every edit gets a fresh layout. Knows no commands; what a button costs is `submit`'s.
"""

from collections.abc import Sequence
from dataclasses import replace

import discord

from bot import mail
from bot.answers import (
    Interaction,
    appeal,
    check_channel,
    check_may_post,
    open_case,
    origin_of,
    powers,
    services_of,
    tell,
)
from bot.buttons import Form, IdButton, JobGone, NotYours, check_owner, job_of
from bot.judge import Origin
from bot.layout import Item, layout
from bot.mail import NoDirectMessages
from bot.pictures import Content, Picture
from bot.presenters import job as texts
from bot.presenters.case import line as listed
from bot.presenters.picture import FORM_LABEL, FORM_TITLE
from bot.presenters.refused import why
from bot.presenters.text import message_link, priced
from bot.request import PROMPT_LIMIT, Request, again
from bot.submit import Submitted, submit
from db import cases, flags, images, jobs, queue
from db.tables import Job, State


async def place(
    interaction: Interaction,
    request: Request,
    request_id: str | None = None,
    guild_id: int | None = None,
    private: bool = False,
    command: str | None = None,
) -> None:
    """Submits the request and answers with the job's message, which is then on the job.

    A click that made its job before, or a request of the same id, is answered with a link to
    that. A `command` is told for one that the interaction only lets go on. An interaction that was
    deferred gets its answer now. Where it goes is `destined`'s.
    Raises FiveSquaresError.
    """
    origin = await destined(interaction, request.sources, guild_id, private)
    origin = replace(
        origin, request_id=request_id or origin.request_id, command=command or origin.command
    )
    submitted = await submit(services_of(interaction), request, origin)
    if not submitted.created:
        await tell(interaction, texts.already(link_to(submitted.job)))
        return
    answer = _answer if origin.channel_id == interaction.channel_id else _mail
    await _note(interaction, submitted.job, await answer(interaction, submitted))


async def destined(
    interaction: Interaction, source_ids: Sequence[int], guild_id: int | None, private: bool
) -> Origin:
    """Who asks, and where the result goes: here, or by direct message to them alone.

    The latter if they wish it so, or if a picture that it begins with is private. What is asked
    for in a direct message belongs to the server `guild_id`.
    Raises WrongChannel, MayNotPost, NoDirectMessages, NotInServer or NotMember.
    """
    await check_channel(interaction)
    origin = await origin_of(interaction, guild_id)
    async with services_of(interaction).database.read() as session:
        private = private or await images.any_private(session, source_ids)
    if origin.private or not private:
        check_may_post(interaction)
        return origin
    if not interaction.response.is_done():
        await interaction.response.defer(ephemeral=True, thinking=True)
    with mail.taken():
        mailbox = await interaction.user.create_dm()
    return replace(origin, channel_id=mailbox.id, private=True)


async def _note(interaction: Interaction, job: Job, message_id: int) -> None:
    """Puts the message on the job, and tells its member what else they should know."""
    async with services_of(interaction).database.write() as session:
        await jobs.set_message(session, job.id, job.channel_id, message_id)
        kept = await jobs.tell_kept(session, job.user_id)
    if kept:
        await interaction.followup.send(texts.kept(kept), ephemeral=True)


async def _answer(interaction: Interaction, submitted: Submitted) -> int:
    """Answers for all to see; the id of the message."""
    view, response = waiting(submitted), interaction.response
    if response.type is discord.InteractionResponseType.deferred_channel_message:
        return (await interaction.edit_original_response(view=view)).id
    if response.is_done():
        return (await interaction.followup.send(view=view, wait=True)).id
    answer = await response.send_message(view=view)
    assert answer.message_id is not None
    return answer.message_id


async def _mail(interaction: Interaction, submitted: Submitted) -> int:
    """Answers by direct message. Only sending shows that a member takes none: then it is undone.

    Raises NoDirectMessages.
    """
    job, services = submitted.job, services_of(interaction)
    mailbox = interaction.client.get_partial_messageable(job.channel_id)
    try:
        message = await mail.send(mailbox, Content(waiting(submitted)), f"job-{job.id}")
    except NoDirectMessages:
        async with services.database.write() as session:
            await queue.cancel(session, job.id, await services.database.now(session))
        raise
    await tell(interaction, texts.by_mail())
    return message.id


def link_to(job: Job) -> str | None:
    """The address of the job's message, once it has one."""
    if job.message_id is None:
        return None
    guild_id = None if job.private else job.guild_id
    return message_link(guild_id, job.channel_id, job.message_id)


class Again(IdButton, template=r"again:(\d{1,18})"):
    """Asks for the same with a new seed; whoever clicks pays."""

    def __init__(self, job_id: int, cost: int = 0) -> None:
        super().__init__(f"again:{job_id}", priced("", cost), emoji="🔄")
        self.job_id = job_id

    async def press(self, interaction: Interaction) -> None:
        """Places a job like the command does."""
        job = await job_of(services_of(interaction).database, interaction, self.job_id)
        await place(interaction, again(job), guild_id=job.guild_id, private=job.private)


class EditPrompt(IdButton, template=r"prompt:(\d{1,18})"):
    """Asks for the same with other words; whoever sends them pays."""

    def __init__(self, job_id: int, cost: int = 0) -> None:
        super().__init__(f"prompt:{job_id}", priced("Edit prompt", cost), emoji="✏️")
        self.job_id = job_id

    async def press(self, interaction: Interaction) -> None:
        """Opens a form that holds the words as they were."""
        job = await job_of(services_of(interaction).database, interaction, self.job_id)
        await interaction.response.send_modal(PromptForm(job))


class PromptForm(Form):
    """The words of a request, to be changed."""

    def __init__(self, job: Job) -> None:
        super().__init__(title=priced(FORM_TITLE, job.cost))
        self.job = job
        self.prompt = discord.ui.TextInput[PromptForm](
            custom_id="prompt",
            style=discord.TextStyle.paragraph,
            default=job.params["prompt"],
            max_length=PROMPT_LIMIT,
        )
        self.add_item(discord.ui.Label(text=FORM_LABEL, component=self.prompt))

    async def on_submit(self, interaction: Interaction, /) -> None:
        """Places a job like the command does."""
        request = replace(again(self.job), prompt=self.prompt.value)
        await place(interaction, request, guild_id=self.job.guild_id, private=self.job.private)


class Cancel(IdButton, template=r"cancel:(\d{1,18})"):
    """Takes a job back, queued or running, and with it the credits."""

    def __init__(self, job_id: int) -> None:
        super().__init__(f"cancel:{job_id}", "Cancel", style=discord.ButtonStyle.danger)
        self.job_id = job_id

    async def press(self, interaction: Interaction) -> None:
        """Only for the job's member and for moderators."""
        database = services_of(interaction).database
        job = await job_of(database, interaction, self.job_id)
        check_owner(interaction, job)
        async with database.write() as session:
            cancelled = await queue.cancel(session, job.id, await database.now(session))
        if cancelled:
            view = ended(job, texts.cancelled(job))
            await interaction.response.edit_message(view=view, attachments=[])
        else:
            await interaction.response.send_message(texts.too_late(), ephemeral=True)


class Why(IdButton, template=r"why:(\d{1,18})"):
    """Says why a request was not carried out, to nobody but those it concerns."""

    def __init__(self, job_id: int) -> None:
        super().__init__(f"why:{job_id}", "Why?")
        self.job_id = job_id

    async def press(self, interaction: Interaction) -> None:
        """Only for the job's member and for moderators, who are led to the case."""
        database = services_of(interaction).database
        job = await job_of(database, interaction, self.job_id)
        if interaction.user.id != job.user_id and not powers(interaction.user).manage_messages:
            raise NotYours
        async with database.read() as session:
            flag = await flags.get(session, job.result.get("case", 0))
        if flag is None:
            raise JobGone
        if interaction.user.id != flag.user_id:
            await tell(interaction, listed(flag), open_case(flag.id))
        elif cases.can_be_appealed(flag):
            await tell(interaction, why(flag), appeal(flag.id))
        else:
            await tell(interaction, why(flag))


BUTTONS = (Again, EditPrompt, Cancel, Why)


def waiting(submitted: Submitted) -> discord.ui.LayoutView:
    """A job that was just queued."""
    text = texts.waiting(submitted.job, submitted.outlook, submitted.balance)
    return under_way(submitted.job, text)


def under_way(job: Job, text: str, preview: Picture | None = None) -> discord.ui.LayoutView:
    """A job in the queue or in the making, with a small preview if there is one."""
    body: Item = discord.ui.TextDisplay(text)
    if preview is not None:
        body = discord.ui.Section(
            text, accessory=discord.ui.Thumbnail(preview.address, description=texts.PREVIEW)
        )
    return layout(body, discord.ui.ActionRow(Cancel(job.id)))


def ended(job: Job, text: str) -> discord.ui.LayoutView:
    """A job that ended without pictures: try again, or ask why it was stopped.

    One that can't be drawn as it was asked for could not be at another try; other words may do.
    """
    button: Item = Again(job.id, job.cost)
    if job.state == State.rejected:
        button = Why(job.id)
    elif job.result.get("sentence"):
        button = EditPrompt(job.id, job.cost)
    return layout(discord.ui.TextDisplay(text), discord.ui.ActionRow(button))
