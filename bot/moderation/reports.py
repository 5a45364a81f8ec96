"""A member's report of pictures: a case like any other, found by a person instead of a rule."""

from functools import partial

import discord
from discord import app_commands

from bot.answers import Interaction, services_of
from bot.moderation.ask import Answer, Ask
from bot.presenters import record as texts
from bot.sources import made_in
from db import cases, flags, jobs
from db.errors import FiveSquaresError
from db.flag_tables import Deed
from db.flags import NewFlag
from db.tables import Job


class NothingToReport(FiveSquaresError):
    """There is no picture of mine from this server there. Each of mine has its number above it."""


class AlreadyReported(FiveSquaresError):
    """You have reported that already. Moderators will look at it."""


@app_commands.context_menu(name="Report picture")
@app_commands.guild_only()
async def report_message(interaction: Interaction, message: discord.Message) -> None:
    """Asks what is wrong with the pictures in a message."""
    made = made_in(interaction, message)
    if not made:
        raise NothingToReport
    await ask(interaction, made[0][0])


async def ask(interaction: Interaction, job_id: int) -> None:
    """Shows the form, whoever may use a picture's buttons here. Raises NothingToReport."""
    async with services_of(interaction).database.read() as session:
        job = await jobs.get(session, job_id)
    if job is None or job.private or job.guild_id != interaction.guild_id:
        raise NothingToReport
    form = Ask("Report pictures", "What is wrong? Moderators read it", partial(_take, job))
    await interaction.response.send_modal(form)


async def _take(job: Job, interaction: Interaction, answer: Answer) -> None:
    """Opens a case, or adds to the one that is open. Raises AlreadyReported."""
    reporter = interaction.user.id
    database = services_of(interaction).database
    async with database.write() as session:
        if await cases.has_reported(session, job.id, reporter):
            raise AlreadyReported
        now = await database.now(session)
        flag = await flags.open_report(session, job.id) or await flags.add(session, _new(job), now)
        await cases.note(session, flag, reporter, Deed.reported, answer.reason, now)
        await flags.post_again(session, flag.id)
    await interaction.response.send_message(texts.reported(), ephemeral=True)


def _new(job: Job) -> NewFlag:
    return NewFlag(
        user_id=job.user_id,
        guild_id=job.guild_id,
        channel_id=job.channel_id,
        stage="report",
        category=None,
        rule=None,
        span=None,
        prompt=job.params["prompt"],
        action="flag",
        job_id=job.id,
    )
