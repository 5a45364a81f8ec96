"""Small pieces of text: what members wrote made harmless, amounts, times and links."""

from datetime import datetime

import discord


def escape(text: str) -> str:
    """Members' words as they wrote them: no markup, no mentions, no links, no emoji codes."""
    plain = discord.utils.escape_markdown(text, ignore_links=False)
    plain = discord.utils.escape_mentions(plain).replace("<", "\\<")
    return plain.replace("://", ":\u200b//")


def shorten(text: str, limit: int) -> str:
    """The text, cut at the limit with an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def escaped(text: str, limit: int) -> str:
    """Members' words made harmless, cut so that no more than so many characters come of them."""
    kept = limit
    while len(shown := escape(shorten(text, kept))) > limit:
        kept -= max(1, (len(shown) - limit) // 2)
    return shown


def count(number: int, thing: str) -> str:
    """`1 credit`, `2 credits`."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def priced(label: str, cost: int) -> str:
    """A button's label with what pressing it costs."""
    return f"{label} · {cost}🪙".removeprefix(" · ") if cost else label


def duration(seconds: float) -> str:
    """A waiting time as a person would say it."""
    if seconds < 10:
        return "a few seconds"
    if seconds < 90:
        return f"about {5 * round(seconds / 5)} s"
    if seconds < 2 * 3600:
        return f"about {round(seconds / 60)} min"
    return f"about {round(seconds / 3600)} h"


def date(moment: datetime) -> str:
    """A day, shown in each reader's own language and time zone."""
    return f"<t:{int(moment.timestamp())}:D>"


def ago(moment: datetime) -> str:
    """A moment as the time since then, which the reader's client keeps current."""
    return f"<t:{int(moment.timestamp())}:R>"


def member(user_id: int) -> str:
    """A member's name as their client shows it; the bot pings nobody with it."""
    return f"<@{user_id}>"


def message_link(guild_id: int | None, channel_id: int, message_id: int) -> str:
    """The address of a message."""
    return f"https://discord.com/channels/{guild_id or '@me'}/{channel_id}/{message_id}"
