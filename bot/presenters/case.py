"""What moderators read of a case, on its card and in lists."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

import discord

from bot.policy import CATEGORY_NAMES, PICTURE_CATEGORIES
from bot.policy.rules import Rule
from bot.presenters.text import ago, count, date, escape, escaped, member, message_link
from db.flag_tables import Block, CaseState, Deed, Flag, FlagEntry
from db.flags import Standing
from db.tables import Job, State

PROMPT_ON_CARD = 500
PROMPT_IN_LIST = 100
AGAIN_SHOWN = 120
SAID_SHOWN = 300
SAID_ROOM = 700
HISTORY_ROOM = 1000
"""With these a card stays below the 4,000 characters that Discord takes of one message."""
SAYS = {Deed.appealed: "⚖️ Their appeal", Deed.reported: "📣 A report"}

COLOURS = {
    CaseState.open: 0xE67E22,
    CaseState.claimed: 0x3498DB,
    CaseState.upheld: 0xC0392B,
    CaseState.overturned: 0x27AE60,
}
STAGES = {
    "prompt": "the prompt",
    "upload": "an uploaded picture",
    "joint": "prompt and picture together",
    "output": "the finished picture",
    "report": "a member's report",
}
CHECKS = {
    "face": "a face seen from the front; with an eye in it, it is certain",
    "yunet": "a face, found by the host's detector",
    "skin": "much of the picture has the colours of skin",
    "classifier": "the host's image classifier",
    "guard": "the host's language model, which reads prompts",
    "banned-picture": "looks the same as a picture banned here",
    "prompt-and-picture": "neither by itself, but the prompt and the picture together",
}
"""What the worker looks with, beside the rules for prompts."""
UNREACHED = "their messages are closed; /mywarnings shows it"
DEEDS = {
    Deed.reported: "reported it",
    Deed.again: "tried again",
    Deed.claimed: "claimed it",
    Deed.upheld: "upheld it",
    Deed.overturned: "overturned it",
    Deed.allowed: "let it pass from now on",
    Deed.warned: "warned the member",
    Deed.blocked: "blocked the member",
    Deed.unblocked: "ended the block",
    Deed.timed_out: "timed the member out",
    Deed.picture_deleted: "deleted the pictures",
    Deed.picture_banned: "banned the picture",
    Deed.noted: "noted",
    Deed.appealed: "appealed",
}


@dataclass(frozen=True)
class Seen:
    """All that a card shows of a case."""

    flag: Flag
    rule: Rule | None
    job: Job | None
    standing: Standing
    others: int
    block: Block | None
    history: Sequence[FlagEntry]


def head(seen: Seen) -> str:
    """What it is about, who it was, where and when."""
    flag = seen.flag
    joined = discord.utils.snowflake_time(flag.user_id)
    tries = f" · **{flag.tries} tries**" if flag.tries > 1 else ""
    lines = [
        f"### Case {flag.id} · {category(flag)} · {outcome(flag)}{tries}",
        state(flag),
        f"{member(flag.user_id)} · account made {ago(joined)} · {record(seen)}",
        f"<#{flag.channel_id}>{' · ' * bool(used(seen))}{used(seen)} · {ago(flag.created_at)}"
        f" · found in {STAGES.get(flag.stage, flag.stage)}",
    ]
    if seen.block is not None:
        lines.append(f"⛔ Blocked {until(seen.block.until)} · `/mod unblock` ends it")
    said = [f"{SAYS[entry.deed]}: *{_said(entry)}*" for entry in seen.history if speaks(entry)]
    return "\n".join(lines + _newest(said, SAID_ROOM))


def speaks(entry: FlagEntry) -> bool:
    """Whether it is what a member wants the moderators to read first."""
    return entry.deed in SAYS and bool(entry.text)


def _said(entry: FlagEntry) -> str:
    """In one line: what members write should not look like lines of the card."""
    return escaped(" ".join(entry.text.split()), SAID_SHOWN)


def _newest(lines: Sequence[str], room: int) -> list[str]:
    """As many of the last lines as there is room for, and how many stand before them."""
    lengths = accumulate(len(line) for line in reversed(lines))
    shown = sum(length <= room for length in lengths)
    hidden = len(lines) - shown
    return [f"-# and {hidden} before"] * (hidden > 0) + list(lines[hidden:])


def matter(seen: Seen) -> str:
    """The prompt behind a spoiler, what was found in it and by which rule, and the credits."""
    flag = seen.flag
    lines = [f"||{marked(flag)}||" if flag.prompt else f"-# {wordless(flag)}"]
    if flag.rule:
        lines.append(f"`{flag.rule}`{why(seen)}")
    if flag.scores:
        lines.append(f"Measured: {escape(scores(flag))}")
    lines.append(f"-# {charged(flag, seen.job)}{_link(seen.job)}")
    return "\n".join(lines)


def why(seen: Seen) -> str:
    """The version and the reason of the rule, to stand behind its name."""
    said = seen.rule.reason if seen.rule else CHECKS.get(seen.flag.rule or "")
    version = f" v{seen.rule.version}" if seen.rule else ""
    return f"{version}: {said}" if said else version


def scores(flag: Flag) -> str:
    """What a classifier or a detector measured."""
    return ", ".join(f"{name} {_score(value)}" for name, value in flag.scores.items())


def history(entries: Sequence[FlagEntry]) -> str:
    """What has been done, the newest last."""
    return "\n".join(_newest([_entry(entry) for entry in entries], HISTORY_ROOM))


def line(flag: Flag) -> str:
    """One case in a list; the prompt is hidden until it is clicked."""
    tries = f" · {flag.tries} tries" if flag.tries > 1 else ""
    prompt = f"||{escaped(flag.prompt, PROMPT_IN_LIST)}||" if flag.prompt else "-# —"
    return (
        f"**{flag.id}** · {category(flag)} · {outcome(flag)}{tries} · {member(flag.user_id)}"
        f" · {ago(flag.created_at)}\n{prompt}\n-# {state(flag)}"
    )


def listed(found: int, title: str, appeals: int = 0) -> str:
    """The head of a list; where appeals are among others, how to see those alone."""
    among = f", {appeals:,} of them appealed: `/mod cases` lists those" if appeals else ""
    return f"## {title}\n-# {count(found, 'case')}{among}" if found else f"## {title}\nNone. 🎉"


def narrow() -> str:
    """The end of a list that goes on, where words were searched for."""
    return "-# There are more: search for fewer at a time, by member, category or days."


def all_done() -> str:
    """The answer when no other case waits."""
    return "No other case waits. 🎉"


def state(flag: Flag) -> str:
    """Where the case stands, and with whom."""
    appealed = " · ⚖️ appealed" if flag.appealed_at else ""
    who = member(flag.handler_id) if flag.handler_id else ""
    match flag.state:
        case CaseState.open:
            return f"🟠 Open{appealed}"
        case CaseState.claimed:
            return f"🔵 Handled by {who}{appealed}"
        case _:
            mark = "🔴 Upheld" if flag.state == CaseState.upheld else "🟢 Overturned"
            when = f" {ago(flag.decided_at)}" if flag.decided_at else ""
            return f"{mark} by {who}{when}{appealed}"


def category(flag: Flag) -> str:
    """The category in plain words."""
    if flag.stage == "report":
        return "reported by a member"
    names = CATEGORY_NAMES | PICTURE_CATEGORIES
    return names.get(flag.category or "", flag.category or "no category")


def outcome(flag: Flag) -> str:
    """What the bot did."""
    return {"block": "refused", "flag": "let through", "hold": "held back"}.get(
        flag.action, flag.action
    )


def marked(flag: Flag) -> str:
    """The prompt with what was found in it underlined; a long one around that place."""
    start, end = flag.span or (0, 0)
    before, after = flag.prompt[:start], flag.prompt[end:]
    found = escaped(flag.prompt[start:end], PROMPT_ON_CARD)
    room = PROMPT_ON_CARD // 2
    if len(before) > room:
        before = "…" + before[-room:]
    if not found:
        return escaped(flag.prompt, PROMPT_ON_CARD)
    return f"{escape(before)}__**{found}**__{escaped(after, room)}"


def until(moment: datetime | None) -> str:
    """How long a block holds."""
    return f"until {date(moment)}, {ago(moment)}" if moment else "for good"


def record(seen: Seen) -> str:
    """How a member stands in the server."""
    others = f"{count(seen.others, 'other case')}" if seen.others else "first case"
    upheld = f", {seen.standing.upheld} upheld" if seen.standing.upheld else ""
    return f"{others}{upheld} · {count(seen.standing.points, 'point')} in 30 days"


def used(seen: Seen) -> str:
    """The command or the button; of what the worker noticed, the operation."""
    if seen.flag.command or seen.job is None:
        return seen.flag.command
    return seen.job.operation.value.replace("_", " ")


def wordless(flag: Flag) -> str:
    """What stands in the place of a prompt."""
    return "There was no prompt." if flag.job_id else "The prompt is no longer kept."


def _score(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def charged(flag: Flag, job: Job | None) -> str:
    """What became of the request and its credits."""
    if job is None and not flag.prompt:
        return "What came of it is no longer kept."
    if job is None:
        return "Nothing was charged." if flag.action == "block" else "No request came of it."
    kept = job.state in (State.queued, State.running, State.succeeded)
    done = f"{count(job.cost, 'credit')} {'spent' if kept else 'returned'}"
    return f"Request {job.id}, {job.state}: {done}"


def _link(job: Job | None) -> str:
    if job is None or job.message_id is None:
        return ""
    return f" · [the message]({message_link(job.guild_id, job.channel_id, job.message_id)})"


def doer(entry: FlagEntry, called: Callable[[int], str]) -> str:
    """Who it was, as `called` names them; not of a report, since a case may be about its reader."""
    if entry.deed == Deed.reported:
        return "A member"
    return called(entry.actor_id) if entry.actor_id else "The bot"


def _entry(entry: FlagEntry) -> str:
    who = doer(entry, member)
    if entry.deed == Deed.again:
        return f"-# {ago(entry.at)} · tried again: ||{escaped(entry.text, AGAIN_SHOWN)}||"
    told = entry.text and not speaks(entry)
    text = f": {_said(entry)}" if told else ""
    return f"-# {ago(entry.at)} · {who} {DEEDS[entry.deed]}{text}"


def chosen(length: str | None, reason: str) -> str:
    """For how long and, where that was said, why, for the history."""
    return f"{length}: {reason}" if reason else str(length)
