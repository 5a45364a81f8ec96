"""What `/help` says, topic by topic."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from bot.policy import CATEGORY_NAMES
from bot.presenters.text import count, shorten
from config import CreditsConfig
from db.tables import Operation

ROOM = 3500  # characters of the 4,000 that a message may show


class Topic(StrEnum):
    """What there is help on."""

    start = "start"
    buttons = "buttons"
    pictures = "pictures"
    credits = "credits"
    words = "words"
    rules = "rules"
    model = "model"
    privacy = "privacy"


FROM_A_PICTURE = {
    Operation.variation: ("/variations", "makes others that keep what the first is about"),
    Operation.inpaint: ("/edit", "paints a part of it anew; you choose the part and see it before"
                        " you pay"),
    Operation.outpaint: ("/outpaint", "goes on past its border, to a side or to a shape such as"
                         " 16:9"),
    Operation.interpolate: ("/blend", "makes three steps between two pictures"),
    Operation.text_diff: ("/remix", "changes it by words: from *a house by day* to *a house at"
                          " night*"),
}  # fmt: skip
"""The commands that begin with a picture, and what they do."""


def start(missing: Mapping[str, str]) -> str:
    """The first thing to read. Names the commands that the model which runs here can serve."""
    names = [f"`{name}`" for name, _ in _served(missing)]
    from_a_picture = (
        f"- {_and(names)} begin{'' if names[1:] else 's'} with a picture: `/help pictures`.\n"
        if names
        else ""
    )
    return (
        "## Five Squares makes pictures from words\n"
        "Type `/imagine` and describe a picture; a few seconds later you get four.\n"
        "- `images` asks for fewer, `seed` makes the same pictures again, `private` sends them to "
        "you alone, and what you make from them too.\n"
        "- The buttons under the pictures show one alone, vary it, or run again: `/help buttons`.\n"
        f"{from_a_picture}"
        "- `/history` looks back at pictures, `/show` brings one back.\n"
        "- `/credits` is your balance, `/queue` your waiting requests.\n"
        "- `/feedback` writes to whoever runs this bot.\n"
        "- What you make is yours, also to use commercially; `/help rules` says what can't be made."
    )


def buttons(prices: CreditsConfig) -> str:
    """What each button does and costs."""
    return (
        "## The buttons under the pictures\n"
        "- `U1`–`U4` show one picture alone, at its full size. Free.\n"
        f"- `V1`–`V4` make three variations of one picture. {_price(prices.edit_cost)}.\n"
        f"- 🔄 runs the request again with a new seed. {_prices(prices)}.\n"
        "- 🗑️ asks, then deletes the pictures and the messages that show them. Only for whoever "
        "asked for them, and for moderators.\n"
        "- ✏️ asks again with other words. ℹ️ tells how they were made. 💌 sends you a copy.\n"
        "- Under a single picture: 🖌️ paints a part anew, ↔️ extends it, ⬇️ gives the original, "
        "⭐ keeps it among your favourites: `/history show:⭐ Favourites`, 📢 posts yours in the "
        "server's showcase; 🗑️ takes away that message only.\n\n"
        "🪙 on a button says how many credits it costs. "
        "Whoever presses a button pays for it. The buttons keep working, however old the message."
    )


def pictures(prices: CreditsConfig, missing: Mapping[str, str]) -> str:
    """What begins with a picture."""
    lines = [f"- `{name}` {does}." for name, does in _served(missing)]
    if missing:
        lines.append("- What the model that runs here can't do, and why: `/help model`.")
    return (
        "## Beginning with a picture\n" + "\n".join(lines) + "\n\n"
        "Give a picture as `image`, up to 25 MiB, or choose one of yours as `earlier`. Or use the "
        "menu of any message with a picture, under *Apps*. "
        f"Each gives three pictures. {_price(prices.edit_cost)}.\n"
        "What you upload is seen by nobody else, and only you can begin with it.\n"
        "`/verify image` tells whether a picture was made here."
    )


def credits(prices: CreditsConfig) -> str:
    """How credits come and go."""
    return (
        "## Credits\n"
        f"- You get {count(prices.first_month, 'credit')} for your first month and "
        f"{prices.monthly} for each month after, on the day of the month of your first use. "
        "Free credits last until the next ones come.\n"
        f"- Pictures from words, up to four: {count(prices.text_to_image_cost, 'credit')}. Three "
        f"of what begins with a picture: {count(prices.edit_cost, 'credit')}.\n"
        "- The credits that expire soonest are spent first.\n"
        "- You pay only for pictures you get: a request that is refused, fails or is cancelled "
        "costs nothing.\n"
        "- `/buy` gets you more, and `/gift` gives bought ones to another member."
    )


def words(vocabulary: Sequence[str]) -> str:
    """The words that the built-in model was taught."""
    if not vocabulary:
        return "The model that runs here is not limited to a list of words, or has not started yet."
    head = f"## The built-in model knows {count(len(vocabulary), 'word')}\n"
    return head + shorten(", ".join(sorted(vocabulary)), ROOM)


def model(missing: Mapping[str, str]) -> str:
    """What the model that runs here can't do, and why."""
    if not missing:
        return "The model that runs here can do everything that there is a command for."
    whys: dict[str, list[str]] = {}
    for operation, why in missing.items():
        name, _ = FROM_A_PICTURE.get(Operation(operation), ("/imagine", ""))
        whys.setdefault(why, []).append(f"`{name}`")
    lines = (f"- {_and(names)}: {why}" for why, names in whys.items())
    return "## What the model that runs here can't do\n" + "\n".join(lines)


RIGHTS = "**You own what you make, to use commercially too.**"


def statement() -> str:
    """What a member accepts, once, before the first picture."""
    *names, last = CATEGORY_NAMES.values()
    return (
        "## Before your first picture\n"
        f"{RIGHTS} Every picture carries a small signature, five squares, that says a machine made "
        "it; leave it where people could take the picture for a photograph.\n\n"
        f"**Not made here:** {', '.join(names)}, or {last}.\n\n"
        "Use no pictures that you have no right to. What breaks these rules is refused, noted for "
        "the moderators, and costs nothing.\n"
        "-# What is kept of you, and how to have it deleted: `/help privacy`. All this again: "
        "`/help rules`."
    )


def rules() -> str:
    """What can't be made, and what happens to a prompt that asks for it."""
    names = "\n".join(f"- {name}" for name in CATEGORY_NAMES.values())
    return (
        f"{RIGHTS}\n\n"
        f"## What is not made here\n{names}\n\n"
        "A prompt that asks for it is refused and noted for the moderators; nothing is charged. "
        "Prompts are checked by rules, and rules err: if yours was harmless, "
        "say it another way, or press *Appeal* below the refusal, and a person looks.\n"
        "`/mywarnings` shows your cases here, `/report` tells the moderators of pictures."
    )


def _served(missing: Mapping[str, str]) -> list[tuple[str, str]]:
    return [told for operation, told in FROM_A_PICTURE.items() if operation not in missing]


def _and(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _prices(prices: CreditsConfig) -> str:
    """Of pictures from words, and of what begins with a picture if that differs."""
    first, edit = _price(prices.text_to_image_cost), _price(prices.edit_cost)
    return first if first == edit else f"{first}; for variations {edit.lower()}"


def _price(cost: int) -> str:
    return f"Costs {count(cost, 'credit')}" if cost else "Free"
