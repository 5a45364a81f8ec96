"""Why the worker's checks refused a request, for its member: a category, never a detail."""

from bot.policy import CATEGORY_NAMES
from bot.presenters.sentences import unmade
from db.flag_tables import CaseState, Flag

NOTHING_SPENT = "No credit was used."


def why(flag: Flag) -> str:
    """What was found in plain words, that nothing was spent, and how to go on."""
    if flag.state == CaseState.overturned:
        return f"A moderator has found it harmless: it counts for nothing. {NOTHING_SPENT}"
    appeal = "-# Seen wrongly? Appeal, and a person looks."
    if flag.appealed_at is not None:
        appeal = "-# You have appealed; `/mywarnings` shows how that ends."
    if flag.stage == "prompt":
        return f"{unmade(flag.category)}\n{appeal}"
    return f"{_found(flag)} {NOTHING_SPENT}\n{_next(flag)}\n{appeal}"


def _found(flag: Flag) -> str:
    if flag.action == "hold":
        return "Your picture may show a real person's face, and I can't tell; a moderator looks."
    if flag.category == "faces":
        return "I don't begin with pictures of real people's faces, and yours seems to show one."
    if flag.category == "banned":
        return "Moderators of this server have banned that picture, or one that looks the same."
    name = CATEGORY_NAMES.get(flag.category or "", "something that the content policy excludes")
    if flag.stage == "joint":
        return f"Your words and the picture together read as {name}."
    if flag.stage == "output":
        return f"What came out reads as {name}, so I kept it back."
    return f"Your picture reads as {name}."


def _next(flag: Flag) -> str:
    if flag.action == "hold":
        return "You hear from me when that is done. Meanwhile another picture will do."
    if flag.stage == "output":
        return "That need not be your doing: try again, or with other words."
    if flag.stage == "joint":
        return "Take another picture, or other words."
    return "Take another picture; drawings and pictures without people are fine."
