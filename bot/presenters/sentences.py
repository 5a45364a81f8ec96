"""The one sentence that answers what can't be done: refusals, mistakes, and our own errors."""

from collections.abc import Sequence
from datetime import datetime

from discord import app_commands

from bot.judge import Blocked, NotAdmitted, Refused, WrongChannel
from bot.policy import CATEGORY_NAMES
from bot.presenters.case import until as how_long
from bot.presenters.text import ago, count, date, duration
from bot.rights import TooMany, TooSoon
from db.errors import FiveSquaresError, NotEnoughCredits
from db.flag_tables import Access
from uploads import UnusableMask, UnusablePicture


def sentence(error: Exception) -> str | None:
    """What to tell the member who met this error; None when it is a fault of ours."""
    if isinstance(error, Refused):
        return refusal(error.category, error.until)
    if isinstance(error, Blocked):
        return blocked(error.until)
    if isinstance(error, NotAdmitted):
        return not_admitted(error.access)
    if isinstance(error, WrongChannel):
        return wrong_channel(error.channels)
    if isinstance(error, NotEnoughCredits):
        return not_enough(error)
    if isinstance(error, TooMany):
        return too_many(error.most)
    if isinstance(error, TooSoon):
        return too_soon(error.again_at)
    if isinstance(error, FiveSquaresError):
        return str(error)
    if isinstance(error, UnusablePicture | UnusableMask):
        return f"{error} Nothing was charged."
    if isinstance(error, app_commands.MissingPermissions):
        if "moderate_members" in error.missing_permissions:
            return "Only members who may time members out can do that."
        if "manage_guild" in error.missing_permissions:
            return "Only members who may manage this server can do that."
        return "Only members who may manage messages in the whole server can do that."
    if isinstance(error, app_commands.CommandOnCooldown):
        return f"That was often. Please try again in {duration(error.retry_after)}."
    if isinstance(error, app_commands.NoPrivateMessage):
        return "That works only in a server."
    if isinstance(error, app_commands.TransformerError):
        return "One of the values can't be used here. Please choose it from the list again."
    if isinstance(error, app_commands.CommandSignatureMismatch | app_commands.CommandNotFound):
        return "That command has changed. Please restart Discord (Ctrl+R) and try again."
    return None


REPHRASE = {
    "sexual_minors": "Moderators look at every such request.",
    "sexual": "Describe people dressed, and what they do or feel.",
    "self_harm": "Describe hope instead. If you think of hurting yourself, please talk to somebody"
    " you trust or to a helpline: https://findahelpline.com",
    "hate": "Describe people of any group as you would like to be shown yourself.",
    "violence": "Show the tension before or the calm after it, without anybody being hurt.",
    "shocking": "Leave out blood, wounds and filth; a mood can be dark without them.",
    "illegal": "Tell the story without showing how it is done.",
    "harassment": "Describe a character of your own instead of somebody you know.",
    "deception": "Make it plainly fiction: a drawing, another world.",
    "political": "Leave out parties, elections and protest.",
    "figures": "Describe a person of your own invention instead of a real one.",
    "health": "Leave out illness and treatment.",
    "spam": "Leave out offers, addresses and calls to click.",
    "server": "Ask a moderator what is not wanted here.",
}
"""How to say it so that it can be made."""


def refusal(category: str | None, until: datetime | None = None) -> str:
    """Names the category in plain words, never the words that matched, and what to do.

    Where it was one too many it says until when the bot is closed to the member.
    """
    held = f"⛔ As it was not the first, you can't use this bot here {how_long(until)}.\n"
    return (
        f"{unmade(category)}\n{held if until else ''}"
        "-# `/help rules` says what is not allowed. Read wrongly? Appeal, and a person looks."
    )


def unmade(category: str | None) -> str:
    """What a prompt reads as, and how else to say it."""
    name = CATEGORY_NAMES.get(category or "", "something that the content policy excludes")
    hint = REPHRASE.get(category or "", "Try describing a scene without it.")
    return f"I don't make pictures of that: it reads as {name}. Nothing was charged.\n{hint}"


def blocked(until: datetime | None) -> str:
    """How long the bot is closed to a member."""
    held = how_long(until)
    return f"You can't use this bot here {held}. Nothing was charged. `/mywarnings` says why."


def not_admitted(access: Access) -> str:
    """Who may, and what to do about it."""
    if access is Access.waitlist:
        return (
            "Members are let in step by step here. Put yourself on the list with `/waitlist join`;"
            " you get a message when it is your turn. Nothing was charged."
        )
    return "Only invited testers can make pictures here for now. Nothing was charged."


CHANNELS_NAMED = 5


def wrong_channel(channels: Sequence[int]) -> str:
    """Where to go instead."""
    named = [f"<#{channel_id}>" for channel_id in channels[:CHANNELS_NAMED]]
    return f"Pictures are made elsewhere here: {', '.join(named)}. Nothing was charged."


def not_enough(error: NotEnoughCredits) -> str:
    """What is there, and when more comes."""
    have = "You have no credits left."
    if error.balance:
        have = f"That costs more than the {count(error.balance, 'credit')} you have."
    more = f" New ones come on {date(error.refill_at)}." if error.refill_at else ""
    return f"{have}{more} `/buy` gets you more. Nothing was charged."


def too_many(most: int) -> str:
    """What to do before the next request."""
    return (
        f"You have {count(most, 'request')} under way, as many as your roles here allow. Wait for"
        " one, or cancel one: `/queue`. Nothing was charged."
    )


def too_soon(again_at: datetime) -> str:
    """When the next request is taken."""
    return f"Your next request here is taken {ago(again_at)}. Nothing was charged."


def fault(reference: str) -> str:
    """Something broke here; the reference finds it in the log."""
    return (
        "Something went wrong on our side. Please try again in a moment; "
        f"if it stays, tell whoever runs this bot: `{reference}`."
    )
