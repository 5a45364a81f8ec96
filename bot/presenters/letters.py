"""What members read of their cases in direct messages."""

from datetime import datetime

from bot.presenters.case import until
from bot.presenters.text import escape
from db.flag_tables import CaseState, Flag


def warning(guild: str, case: int, reason: str) -> str:
    """What a warned member reads in a message of their own."""
    return (
        f"A moderator of **{escape(guild)}** has warned you about your use of this bot"
        f" (case {case}):\n{_quoted(reason)}\n-# `/mywarnings` there shows your record."
    )


def blocked(guild: str, moment: datetime | None, reason: str) -> str:
    """What a blocked member reads in a message of their own."""
    why = f":\n{_quoted(reason)}" if reason else "."
    return (
        f"You can't use this bot in **{escape(guild)}**, {until(moment)}{why}"
        "\n-# `/mywarnings` there shows your record."
    )


def unblocked(guild: str) -> str:
    """What a member reads whose blocks were ended."""
    return f"You can use this bot in **{escape(guild)}** again."


def heard(guild: str, flag: Flag, passes: bool) -> str:
    """How an appeal ended, for the member who made it."""
    again = " From now on it passes: send it again." if passes else ""
    ends = {
        CaseState.upheld: "A moderator looked again, and the decision stands.",
        CaseState.overturned: "A moderator looked again: it was harmless, and counts for nothing."
        + again,
    }
    return f"Your appeal in **{escape(guild)}** (case {flag.id}): {ends[flag.state]}"


def looked(guild: str, flag: Flag, passes: bool) -> str:
    """What became of a picture that waited for a moderator, for its member."""
    fine = "it was harmless, and counts for nothing, but it is still not used here."
    if passes:
        fine = "it is fine. Send it again."
    ends = {CaseState.upheld: "it can't be used here.", CaseState.overturned: fine}
    return f"A moderator of **{escape(guild)}** has looked at your picture: {ends[flag.state]}"


def _quoted(reason: str) -> str:
    """A moderator's words, each line of them marked as such."""
    return "\n".join(f"> {line}" for line in escape(reason).splitlines())
