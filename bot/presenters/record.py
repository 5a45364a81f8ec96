"""What a member reads of their own record, and of what they can do about it."""

from collections.abc import Sequence

from bot.presenters.case import PROMPT_IN_LIST, category, state, until
from bot.presenters.text import ago, count, escaped
from db.flag_tables import Block, Flag, FlagEntry
from db.flags import Standing
from db.standing import STEPS, WINDOW

SHOWN = 5
REASON_SHOWN = 300


def record(
    standing: Standing,
    block: Block | None,
    warnings: Sequence[FlagEntry],
    recent: Sequence[Flag],
) -> str:
    """Points, block, warnings and cases, or that there is nothing."""
    if not (recent or warnings or block):
        return "Your record here is clean. 🎉"
    lines = ["## Your record here", _points(standing)]
    if block is not None:
        reason = f": {escaped(block.reason, REASON_SHOWN)}" if block.reason else ""
        lines.append(f"⛔ You can't use the bot {until(block.until)}{reason}")
    if warnings:
        lines.append("**Warnings**")
        lines += [f"- {ago(w.at)} · {escaped(w.text, REASON_SHOWN)}" for w in warnings[:SHOWN]]
    if recent:
        lines.append("**Cases**")
        lines += map(_case, recent)
    return "\n".join(lines)


def appealed(case: int) -> str:
    """The answer to an appeal."""
    return (
        f"Thank you. Case {case} goes to a moderator, another one than before if there is one;"
        " `/mywarnings` shows how it ends."
    )


def reported() -> str:
    """The answer to a report."""
    return "Thank you. The moderators see it now; the pictures' member does not learn who you are."


def _points(standing: Standing) -> str:
    lowest = STEPS[-1][0]
    return (
        f"{count(standing.points, 'point')} in {WINDOW.days} days.\n"
        f"-# From {lowest} on the bot pauses for you by itself; cases found harmless don't count."
    )


def _case(flag: Flag) -> str:
    """With what the member had asked for, so that they know which is which."""
    words = f" · ||{escaped(flag.prompt, PROMPT_IN_LIST)}||" if flag.prompt else ""
    return f"- {flag.id} · {category(flag)} · {ago(flag.created_at)} · {_how(flag)}{words}"


def _how(flag: Flag) -> str:
    """The state without the moderator's name: members appeal to the team, not to a person."""
    return state(flag).split(" by ")[0]
