"""What is said about what is kept of a member."""

from bot.presenters.text import count
from config import RetentionConfig
from db.privacy import Forgotten

LINK = "Download it"
DELETE = "Delete all of it"


def guide(kept: RetentionConfig) -> str:
    """What is kept, for how long, and what a member can do about it."""
    days = kept.picture_days
    pictures = f"for {count(days, 'day')}" if days else "until you delete them"
    return (
        "## What is kept of you\n"
        f"- Your requests with their words, and the pictures made of them: {pictures}.\n"
        f"- Pictures and masks that you brought: for {count(kept.upload_days, 'day')}.\n"
        "- Your credits and each change of them.\n"
        "- What the content policy noticed, for the moderators to decide about: its words for "
        f"{count(kept.flag_days, 'day')}.\n\n"
        "`/privacy export` gives you all of it, `/privacy delete` takes it away."
    )


def link() -> str:
    """The words above the link to the archive."""
    return "All that is kept of you, as one zip file. The link is yours alone, and good for a day."


def on_its_way() -> str:
    """The archive comes by direct message."""
    return "I am sending it to you by direct message, in files small enough for Discord."


def part(number: int) -> str:
    """The words beside a part of the archive."""
    return f"Your data, part {number}."


def complete(number: int) -> str:
    """All parts are sent."""
    return f"That is all of it, in {count(number, 'file')}. Each opens by itself."


def ask() -> str:
    """What deleting takes away, what stays, and that it can't be undone."""
    return (
        "## Delete all that is kept of you?\n"
        "- **Taken away, for good:** your pictures and the messages that show them, also those "
        "posted alone, shared or saved with 💌; what you brought, the words of all your requests, "
        "favourites. What still waits is cancelled.\n"
        "- **Stays:** your balance; a ledger of past credits that names nobody; cases that "
        "moderators have not decided yet, with their evidence; blocks, the count of cases, that "
        "you were let in.\n"
        "- **Can't be reached:** what was downloaded, and what stands in channels that the bot was "
        "shut out of.\n"
        "-# `/privacy export` gives you a copy first."
    )


def deleted(gone: Forgotten) -> str:
    """What was taken away."""
    text = (
        f"Done: {count(gone.requests, 'request')} and {count(gone.pictures, 'picture')}. Messages "
        "vanish in the next minutes, files within two hours."
    )
    if gone.open_cases:
        stay = "stays" if gone.open_cases == 1 else "stay"
        text += f" {count(gone.open_cases, 'case')} {stay} until moderators have decided."
    return text


def read_me(requests: int, pictures: int) -> str:
    """The file that explains the others."""
    return (
        f"Your data in Five Squares: {count(requests, 'request')}, "
        f"{count(pictures, 'picture')}.\n\n"
        "requests.json  what you asked for, oldest first\n"
        "ledger.csv     every change of your credits\n"
        "record.json    your cases, warnings and blocks, as /mywarnings shows them; your reports,\n"
        "               waiting lists, favourites, letters, and when you accepted the rules\n"
        "pictures/      what was made for you: REQUEST-NUMBER.png\n"
        "brought/       pictures and masks that you brought\n\n"
        "Large archives come in several zip files; each opens by itself.\n"
    )
