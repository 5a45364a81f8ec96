"""What is said to members who come in, and to the moderators who let them."""

from collections.abc import Sequence

from bot.presenters.text import count, escape, member
from db.flag_tables import Access

MODES = {
    Access.testers: "Testers: those whom moderators let in",
    Access.waitlist: "Waiting list: moderators let members in step by step",
    Access.open: "Everybody",
}
ACCEPT = "Accept and go on"
PICK = "Members to let in"
NAMED = 20


def accepted(goes_on: bool) -> str:
    """Thanks, in the place of the rules; what was asked for before may go on."""
    todo = "" if goes_on else " Now ask for pictures with `/imagine`."
    return f"✅ Thank you for accepting the rules; `/help rules` shows them again.{todo}"


def joined(ahead: int) -> str:
    """A place on the list."""
    before = f"{count(ahead, 'member')} before you" if ahead else "you are the next"
    return f"You are on the list: {before}. You get a direct message when it is your turn."


def inside() -> str:
    """No list is needed."""
    return "You can make pictures here already: try `/imagine`."


def not_now() -> str:
    """There is no list."""
    return "There is no waiting list here: only invited testers can make pictures for now."


def listed(access: Access, waits: int, came_in: int, names: Sequence[int]) -> str:
    """How the list stands, for moderators."""
    lines = [
        f"## Waiting list\n{MODES[access]}. `/settings` changes that.",
        f"{count(waits, 'member')} waiting, {came_in:,} let in.",
    ]
    if names:
        lines.append("Next: " + ", ".join(map(member, names[:NAMED])))
    return "\n".join(lines)


def admitted(new: Sequence[int]) -> str:
    """Who was let in."""
    if not new:
        return "There was nobody new to let in."
    named = ", ".join(map(member, new[:NAMED]))
    more = f" and {len(new) - NAMED} more" if len(new) > NAMED else ""
    return f"Let in: {named}{more}. Each gets a direct message."


def invitation(guild: str) -> str:
    """The direct message to who was let in."""
    return f"You can make pictures in **{escape(guild)}** now. Type `/imagine` there."


def feedback(user_id: int, guild: str, text: str) -> str:
    """The letter to the host."""
    where = f" in **{escape(guild)}**" if guild else ""
    return f"{member(user_id)}{where} writes:\n{escape(text)}"


def thanks() -> str:
    """The answer to who wrote."""
    return "Thank you. Whoever runs this bot gets it as a direct message."
