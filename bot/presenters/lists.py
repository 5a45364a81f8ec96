"""The lines of `/queue`."""

from bot.presenters.text import count, duration, escape, shorten
from db.tables import Job, State

PROMPT_SHOWN = 100


def request(job: Job, position: int, eta: float | None, link: str | None) -> str:
    """One waiting request of the member who reads it."""
    if job.state == State.running:
        place = "being made now"
    else:
        place = f"{count(position, 'request')} ahead of it" if position else "next in line"
    time = f", ready in {duration(eta)}" if eta is not None else ""
    where = f" · [its message]({link})" if link else ""
    return f"**{escape(shorten(job.params['prompt'], PROMPT_SHOWN))}**\n-# {place}{time}{where}"


def more(number: int) -> str:
    """Says that the list goes on."""
    return f"-# and {count(number, 'more request')}"


def nothing_waits() -> str:
    """A list of no requests."""
    return "You have no requests waiting."
