"""The one sentence that answers what can't be done: refusals, mistakes, and our own errors."""

from discord import app_commands

from bot.policy import CATEGORY_NAMES
from bot.presenters.text import count, date
from bot.submit import Refused
from db.errors import FiveSquaresError, NotEnoughCredits


def sentence(error: Exception) -> str | None:
    """What to tell the member who met this error; None when it is a fault of ours."""
    if isinstance(error, Refused):
        return refusal(error.verdict.category)
    if isinstance(error, NotEnoughCredits):
        return not_enough(error)
    if isinstance(error, FiveSquaresError):
        return str(error)
    if isinstance(error, app_commands.MissingPermissions):
        return "Only members who may manage messages here can do that."
    if isinstance(error, app_commands.NoPrivateMessage):
        return "That works only in a server."
    if isinstance(error, app_commands.TransformerError):
        return "One of the values can't be used here. Please choose it from the list again."
    if isinstance(error, app_commands.CommandSignatureMismatch | app_commands.CommandNotFound):
        return "That command has changed. Please restart Discord (Ctrl+R) and try again."
    return None


def refusal(category: str | None) -> str:
    """Names the category in plain words, never the words that matched."""
    name = CATEGORY_NAMES.get(category or "", "something that the content policy excludes")
    return (
        f"I don't make pictures of that: it reads as {name}. Nothing was charged. "
        "Try describing a scene without it; `/help rules` says what is not allowed."
    )


def not_enough(error: NotEnoughCredits) -> str:
    """What is there, and when more comes."""
    have = "You have no credits left."
    if error.balance:
        have = f"That costs more than the {count(error.balance, 'credit')} you have."
    more = f" New ones come on {date(error.refill_at)}." if error.refill_at else ""
    return f"{have}{more} Nothing was charged."


def fault(reference: str) -> str:
    """Something broke here; the reference finds it in the log."""
    return (
        "Something went wrong on our side. Please try again in a moment; "
        f"if it stays, tell whoever runs this bot: `{reference}`."
    )
