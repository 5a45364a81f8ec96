"""The lines of `/queue`."""

from bot.presenters import job as texts
from bot.presenters.text import count
from db.outlook import Outlook
from db.tables import Job, State

PROMPT_SHOWN = 100


def request(job: Job, outlook: Outlook, link: str | None) -> str:
    """One waiting request of the member who reads it."""
    if outlook.paused:
        place = texts.paused()
    elif job.state == State.running:
        place = f"being made now{texts.ready(outlook)}"
    else:
        place = texts.place(outlook)
    where = f" · [its message]({link})" if link else ""
    return f"{texts.asked(job, PROMPT_SHOWN)}\n-# {place}{where}"


def more(number: int) -> str:
    """Says that the list goes on."""
    return f"-# and {count(number, 'more request')}"


def nothing_waits() -> str:
    """A list of no requests."""
    return "You have no requests waiting."
