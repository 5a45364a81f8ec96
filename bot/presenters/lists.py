"""The lines of `/queue` and `/flags`."""

from collections.abc import Sequence

from bot.policy import CATEGORY_NAMES
from bot.presenters.text import ago, count, duration, escape, member, shorten
from db.tables import Flag, Job, State

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


def flags(found: Sequence[Flag]) -> str:
    """A page of flags; each prompt is hidden until it is clicked."""
    if not found:
        return "No prompts were flagged here."
    return "\n".join(["## Flagged prompts", *map(_flag, found)])


def _flag(flag: Flag) -> str:
    category = CATEGORY_NAMES.get(flag.category or "", flag.category or "no category")
    done = "refused" if flag.action == "block" else "let through"
    prompt = escape(shorten(flag.prompt, PROMPT_SHOWN))
    return f"{ago(flag.created_at)} · {member(flag.user_id)} · {category} · {done}\n||{prompt}||"
