"""The words around the showcase."""

from bot.presenters.text import escape, member, shorten
from db.tables import Job

SHOWN = 300


def ask(job: Job, channel_id: int) -> str:
    """What is posted, and where, before the maker consents."""
    words = ", its words" if job.params["prompt"] else ""
    return f"Post this picture{words} and your name in <#{channel_id}>, for all to see?"


def posted(channel_id: int) -> str:
    """Thanks."""
    return (
        f"It is in <#{channel_id}> now, until you take it back or delete its request's pictures. "
        "📢 finds this button again."
    )


def already() -> str:
    """It was posted before."""
    return "That picture is in the showcase already. Take it back, and you can post it again."


def taken_back() -> str:
    """It is not in the showcase any more."""
    return "Taken back: it vanishes from the showcase in a moment."


def shared(job: Job) -> str:
    """The words above a picture in the showcase."""
    prompt = job.params["prompt"]
    said = f"**{escape(shorten(prompt, SHOWN))}**\n" if prompt else ""
    return f"{said}-# by {member(job.user_id)}"
