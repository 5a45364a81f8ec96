"""What a server lets a member ask for at this moment: its pause, and the limits of their roles.

Knows no Discord and nothing of what is said about it.
"""

from datetime import datetime, timedelta

from bot.judge import Origin
from db import guilds, jobs
from db.engine import Session
from db.errors import FiveSquaresError
from db.guilds import Rights
from db.tables import Job, Operation


class Paused(FiveSquaresError):
    """The moderators have paused the making of pictures here for a while. Nothing was charged."""


class NotAllowed(FiveSquaresError):
    """Your roles in this server don't include that. Nothing was charged."""


class TooMany(FiveSquaresError):
    """You have as many requests under way as your roles allow."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most


class TooSoon(FiveSquaresError):
    """Your last request was a moment ago. Nothing was charged."""

    def __init__(self, again_at: datetime) -> None:
        super().__init__()
        self.again_at = again_at


async def of_member(session: Session, origin: Origin, operation: Operation) -> Rights:
    """What the member's roles come to. Raises Paused or NotAllowed."""
    if origin.guild_id is not None and (await guilds.get(session, origin.guild_id)).paused:
        raise Paused
    rights = await guilds.rights(session, origin.guild_id, origin.role_ids)
    if rights.operations is not None and operation not in rights.operations:
        raise NotAllowed
    return rights


async def check_pace(session: Session, rights: Rights, job: Job, now: datetime) -> None:
    """Compares a job that was just queued with the member's others. Raises TooMany or TooSoon.

    What was cancelled, refused or failed does not count.
    """
    if rights.concurrent is None and not rights.cooldown:
        return
    mine = await jobs.unfinished(session, job.user_id)
    others = [one for one in mine if one.guild_id == job.guild_id and one.id != job.id]
    if rights.concurrent is not None and len(others) >= rights.concurrent:
        raise TooMany(rights.concurrent)
    made = await jobs.last_made(session, job.user_id, job.guild_id)
    latest = max((one.created_at for one in (*others, made) if one), default=None)
    wait = timedelta(seconds=rights.cooldown)
    if latest is not None and latest + wait > now:
        raise TooSoon(latest + wait)
