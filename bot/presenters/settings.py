"""The words of `/settings`."""

from collections.abc import Sequence

from bot.presenters.picture import OPERATIONS
from bot.presenters.text import count
from db.flag_tables import GuildRole, Spoilers

TITLE = "## Settings of this server"
ACCESS = "**Who may make pictures**\n-# `/waitlist admit` lets members in."
CHANNELS = "**Where pictures may be asked for**\n-# In all channels, if you choose none."
SHOWCASE = (
    "**Showcase**\n-# Where 📢 Share posts pictures, with their maker's consent: a text or "
    "announcement channel, not a forum."
)
SPOILERS = "**Spoilers**\n-# Which pictures are hidden until somebody clicks on them."
ROLES = "**Roles**\n-# Choose one to set what its members may do; @everyone stands for all others."
SHOWN_ROLES = 20
PICK_CHANNELS = "In all channels"
PICK_SHOWCASE = "Nowhere"
PICK_ROLE = "A role to set"
HIDES = {
    Spoilers.never: "None",
    Spoilers.flagged: "Those that the moderators have a case about",
    Spoilers.always: "All",
}
ROLE_TITLE = "What a role may do"
ROLE_FIELDS = {
    "weight": ("Share of the queue", "1 is ordinary; with 2 they wait half as long behind others."),
    "concurrent": ("Requests at a time", "The most that may wait or be made; empty: any number."),
    "cooldown": ("Seconds between two requests", "Empty: none."),
}
ROLE_OPERATIONS = "What they may make"


def owner_only(is_on: bool) -> str:
    """Who may press the buttons below pictures."""
    who = "Only whoever asked for the pictures" if is_on else "Everybody"
    return f"**Buttons below pictures**\n-# {who} may press them."


def owner_only_button(is_on: bool) -> str:
    """What pressing it changes."""
    return "Everybody" if is_on else "Owners only"


def mod_channel(channel_id: int | None) -> str:
    """Where new cases are posted."""
    where = f"come to <#{channel_id}>" if channel_id else "are not posted anywhere"
    return f"-# New cases {where}; `/mod channel` changes that."


def roles(rows: Sequence[GuildRole], everyone: int) -> str:
    """The heading, what each role may do, and how many there was no room for."""
    shown = [_role(row, everyone) for row in rows[:SHOWN_ROLES]]
    left = len(rows) - len(shown)
    rest = [f"- and {left:,} more; choose one to see what holds for it"] if left else []
    return "\n".join([ROLES, *shown, *rest])


def _role(row: GuildRole, everyone: int) -> str:
    name = "@everyone" if row.role_id == everyone else f"<@&{row.role_id}>"
    limits = [f"share {row.weight:g}"]
    if row.concurrent is not None:
        limits.append(f"{count(row.concurrent, 'request')} at a time")
    if row.cooldown:
        limits.append(f"{row.cooldown} s between two")
    if row.operations is not None:
        made = [words for operation, words in OPERATIONS.items() if operation in row.operations]
        limits.append(f"only {', '.join(made)}" if made else "no pictures")
    return f"- {name}: {' · '.join(limits)}"
