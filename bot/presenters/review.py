"""What moderators read of cases on the page for long reviews: plain words, no markup."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import discord

from bot.presenters import case as texts
from bot.presenters.text import count
from db.flag_tables import CaseState, Deed, Flag, FlagEntry

Names = Mapping[int, str]
"""Members' names by their ids; who is not in it is called by the id."""

STATES = {
    "": "all",
    "open": "open",
    "appealed": "appealed, open",
    "upheld": "upheld",
    "overturned": "overturned",
}


@dataclass(frozen=True)
class Line:
    """One case in the list; its prompt is folded away."""

    number: int
    about: str
    member: str
    at: datetime
    state: str
    prompt: str


@dataclass(frozen=True)
class Entry:
    """One line of a case's history; `words` are the member's own, and folded away."""

    at: datetime
    what: str
    words: str = ""


@dataclass(frozen=True)
class Matter:
    """A prompt in three parts, the middle one that in which a rule found something."""

    before: str
    found: str
    after: str


def line(flag: Flag, names: Names) -> Line:
    """A case in the list."""
    who, stands = name(flag.user_id, names), state(flag, names)
    return Line(flag.id, about(flag), who, flag.created_at, stands, flag.prompt)


def total(number: int) -> str:
    """The head of the list."""
    return count(number, "case") if number else "No case. 🎉"


def about(flag: Flag) -> str:
    """What it is about and what the bot did."""
    tries = f" · {flag.tries} tries" if flag.tries > 1 else ""
    return f"{texts.category(flag)} · {texts.outcome(flag)}{tries}"


def state(flag: Flag, names: Names) -> str:
    """Where the case stands, and with whom."""
    appealed = ", appealed" if flag.appealed_at else ""
    who = name(flag.handler_id, names) if flag.handler_id else ""
    match flag.state:
        case CaseState.open:
            return f"Open{appealed}"
        case CaseState.claimed:
            return f"Handled by {who}{appealed}"
        case _:
            return f"{flag.state.value.capitalize()} by {who}{appealed}"


def matter(flag: Flag) -> Matter:
    """The whole prompt."""
    start, end = flag.span or (0, 0)
    return Matter(flag.prompt[:start], flag.prompt[start:end], flag.prompt[end:])


def facts(seen: texts.Seen, names: Names, now: datetime) -> Iterator[tuple[str, str]]:
    """What is known beside the prompt, each with its name."""
    flag = seen.flag
    made = discord.utils.snowflake_time(flag.user_id)
    yield "Member", f"{name(flag.user_id, names)} ({flag.user_id})"
    yield "Account", f"made {day(made)}, {count((now - made).days, 'day')} ago"
    yield "Record", texts.record(seen)
    if seen.block is not None:
        until = f"until {minute(seen.block.until)}" if seen.block.until else "for good"
        yield "Blocked", until
    yield "Used", texts.used(seen)
    yield "Found in", texts.STAGES.get(flag.stage, flag.stage)
    if flag.rule:
        yield "By", f"{flag.rule}{texts.why(seen)}"
    if flag.scores:
        yield "Measured", texts.scores(flag)
    yield "Credits", texts.charged(flag, seen.job)


def told(history: Sequence[FlagEntry]) -> list[str]:
    """What a member wants the moderators to read first: appeals and reports."""
    return [f"{texts.SAYS[entry.deed]}: {entry.text}" for entry in history if texts.speaks(entry)]


def entry(entry: FlagEntry, names: Names) -> Entry:
    """One line of the history."""
    who = texts.doer(entry, partial(name, names=names))
    if entry.deed == Deed.again:
        return Entry(entry.at, "The member tried again", entry.text)
    text = f": {entry.text}" if entry.text else ""
    return Entry(entry.at, f"{who} {texts.DEEDS[entry.deed]}{text}")


def name(user_id: int, names: Names) -> str:
    """What a member is called."""
    return names.get(user_id, str(user_id))


def day(moment: datetime) -> str:
    """A day in words that mean the same everywhere."""
    return f"{moment.day} {moment:%b %Y}"


def minute(moment: datetime) -> str:
    """A moment to the minute; pages don't know the reader's time zone."""
    return f"{day(moment)}, {moment:%H:%M} UTC"
