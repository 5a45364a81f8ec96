"""What `/mod` answers, beside the cards and the lists of cases."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import discord

from bot.policy import ALWAYS_BLOCKED, CATEGORY_NAMES, AutoModRule, Finding, Verdict
from bot.policy.automod import unusable
from bot.presenters.case import until
from bot.presenters.text import ago, count, escape, member, shorten
from config import Action
from db.flag_tables import Block
from db.flags import Standing

SHOWN = 8
ROOM = 1000
"""Characters of one list of names."""
PAGE = 3900
"""Characters of a message."""
ACTIONS = {"allow": "✅ allowed", "flag": "🟠 let through, with a case", "block": "🔴 refused"}


def member_record(
    user_id: int, cases: int, standing: Standing, blocks: Sequence[Block], now: datetime
) -> str:
    """Who a member is to the policy."""
    lines = [
        f"## {member(user_id)}",
        f"Account made {ago(discord.utils.snowflake_time(user_id))}",
        f"{count(cases, 'case')} here; {standing.cases} of the last 30 days count,"
        f" {standing.upheld} upheld, {count(standing.points, 'point')}",
    ]
    lines += [_block(block, now) for block in blocks[:SHOWN]]
    return "\n".join(lines)


def blocked(user_id: int, moment: datetime | None) -> str:
    """The answer to a block."""
    return f"{member(user_id)} can't use the bot here, {until(moment)}."


def unblocked(user_id: int, number: int) -> str:
    """The answer to the end of a block."""
    if not number:
        return f"{member(user_id)} was not blocked."
    return f"{member(user_id)} can use the bot again."


def noted(case: int) -> str:
    """The answer to a note."""
    return f"Your note is on case {case}."


def exported(number: int, cut: bool) -> str:
    """The words above a file."""
    newest = "the newest " if cut else ""
    return f"Here are {newest}{count(number, 'case')}. The file holds prompts: keep it to the team."


def mod_channel(channel_id: int | None) -> str:
    """The answer to the choice of a channel."""
    if channel_id is None:
        return "New cases are not posted any more; `/flags` still lists them."
    return f"New cases come to <#{channel_id}>. Make sure that only moderators see it."


def banned(new: bool) -> str:
    """The answer to a picture that was banned."""
    done = "Banned" if new else "It was banned already"
    return (
        f"{done}: requests that begin with it, or with a copy scaled, recoloured or mirrored, are "
        "refused here. A cropped copy counts as another picture."
    )


def unbanned(number: int) -> str:
    """The answer to a picture that may be used again."""
    return "It may be used here again." if number else "No such picture is banned here."


def policy(here: Mapping[str, Action], host: Mapping[str, Action]) -> str:
    """What happens to prompts of each category in a server."""
    lines = ["## What happens to prompts here"]
    for category, name in CATEGORY_NAMES.items():
        if category in ALWAYS_BLOCKED:
            said = "🔴 always refused"
        elif category in here:
            chosen = here.get(category) != host.get(category)
            said = ACTIONS[here[category]] + (" (chosen here)" if chosen else "")
        else:
            said = "as each rule says"
        lines.append(f"- **{name}**: {said}")
    return "\n".join([*lines, "-# `/mod policy set` changes it, `/mod rules test` tries a prompt."])


def automod(rules: Sequence[AutoModRule], unseen: Sequence[str]) -> str:
    """Which of a server's own rules hold for prompts, and which can't."""
    lines = ["## This server's AutoMod, applied to prompts"]
    for rule in rules:
        words, patterns = len(rule.keywords), len(rule.patterns) - len(unusable(rule))
        what = f"{count(words, 'keyword')}, {count(patterns, 'pattern')}"
        lines.append(f"- **{escape(rule.name)}** · {ACTIONS[rule.action]} · {what}")
        for pattern, why in unusable(rule).items():
            lines.append(f"  - not applied: `{_code(pattern)}` ({escape(shorten(why, 80))})")
    lines += [f"- **{escape(name)}** · not applied: its words are Discord's own" for name in unseen]
    if len(lines) == 1:
        lines.append("It has no rules with words.")
    return shorten("\n".join(lines), PAGE)


def _code(text: str) -> str:
    """Text that can stand in backquotes."""
    return shorten(text.replace("`", "'"), 60)


def steering(on: bool) -> str:
    """The answer to the choice."""
    if not on:
        return "Prompts are drawn as they are written from now on."
    return (
        "Where a prompt shows a person and says nothing of who it is, words are added from now on,"
        " so that the pictures show people of all kinds. ℹ️ Info tells which."
    )


def protected(name: str) -> str:
    """The answer to a name that was added."""
    return f"Prompts that name **{escape(name)}** are handled as public figures from now on."


def spared(name: str) -> str:
    """The answer to a name that was removed."""
    return f"**{escape(name)}** may be named here from now on."


def figures(found: Sequence[str], added: Sequence[str], off: Sequence[str]) -> str:
    """Who may not be drawn in a server, and what its moderators changed."""
    lines = ["## People who may not be drawn here"]
    if added:
        lines.append(f"**Added here:** {escape(shorten(', '.join(added), ROOM))}")
    if off:
        lines.append(f"**Removed here:** {escape(shorten(', '.join(off), ROOM))}")
    lines.append(f"-# {count(len(found), 'name')}: {escape(shorten(', '.join(found), ROOM))}")
    return "\n".join(lines)


def paused(is_on: bool) -> str:
    """The answer to pausing and resuming."""
    if is_on:
        return (
            "⏸️ The queue of this server is paused: nothing new is taken, and what waits keeps its"
            " place until `/mod resume`. What is being made is finished."
        )
    return "▶️ The queue of this server goes on."


def findings(prompt: str, verdict: Verdict, found: Sequence[Finding]) -> str:
    """How a prompt reads and every rule it breaks, the one that decides first."""
    lines = [
        f"**{ACTIONS[verdict.action]}**",
        f"-# read as: {escape(shorten(verdict.normalised, 300))}",
    ]
    for finding in found[:SHOWN]:
        words = escape(shorten(prompt[slice(*finding.span)], 80))
        name = CATEGORY_NAMES[finding.rule.category]
        lines.append(
            f"- `{finding.rule.id}` v{finding.rule.version} · {name} · {finding.action}"
            f" · **{words}**: {finding.rule.reason}"
        )
    return "\n".join(lines)


def _block(block: Block, now: datetime) -> str:
    by = member(block.actor_id) if block.actor_id else "the bot"
    if block.lifted_at is not None:
        end = f"ended {ago(block.lifted_at)}"
    elif block.until is not None and block.until <= now:
        end = f"ended {ago(block.until)}"
    else:
        end = f"**{until(block.until)}**"
    return f"- ⛔ by {by} {ago(block.at)}, {end}: {escape(shorten(block.reason, 100))}"
