"""What `/setup` says: each thing in one line, with what to do where it is not as it should be."""

from bot.presenters.text import count

POWERS = {
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "send_messages_in_threads": "Send Messages in Threads",
    "attach_files": "Attach Files",
}
CONTENT = 3800


def report(findings: list[tuple[bool, str]]) -> str:
    """What is missing first, then what is well."""
    missing = [text for is_well, text in findings if not is_well]
    well = [text for is_well, text in findings if is_well]
    head = f"## {count(len(missing), 'thing')} to mend" if missing else "## All is well"
    lines = [head, *(f"❌ {text}" for text in missing), *(f"✅ {text}" for text in well)]
    return "\n".join(lines)[:CONTENT]


def intents(are_there: bool) -> str:
    """What the bot hears of."""
    if are_there:
        return "Intents: guilds. No privileged one is needed."
    return "The intent *guilds* is off; this bot was started in a way that can't work."


def private(closed: bool) -> str:
    """Who can add the bot to a server."""
    if closed:
        return "Only whoever owns the bot can add it to servers."
    return (
        "Everybody can add this bot to a server of theirs, and hand out credits there: switch "
        "*Public Bot* off in the developer portal."
    )


def permissions(channel: str, missing: list[str]) -> str:
    """What is missing in a channel."""
    if not missing:
        return f"{channel}: the bot may post pictures."
    return f"{channel}: allow the bot {', '.join(f'*{name}*' for name in missing)}."


def channel_gone(channel_id: int) -> str:
    """A chosen channel that is not there."""
    return f"A channel that was chosen is gone ({channel_id}): choose again in `/settings`."


def paused() -> str:
    """Nothing is taken."""
    return "The queue of this server is paused: `/mod resume` lets it go on."


def no_mod_channel() -> str:
    """Cases wait unseen."""
    return "New cases are posted nowhere: choose a channel with `/mod channel`."


def storage(trouble: str) -> str:
    """The image store."""
    if not trouble:
        return "Pictures can be stored."
    return f"Pictures can't be stored: {trouble} See `image_store` in config.toml."


def worker(model: str, served: bool) -> str:
    """Whether what waits is taken."""
    if served:
        return f"A worker of the model {model} takes requests."
    return (
        f"No worker of the model {model} was heard of in the last minutes: it is starting, which "
        "takes some on a GPU, or has ended, and its log says why. Where `run_worker` is false, "
        "start `python -m inference`."
    )


def no_web() -> str:
    """No pages are wanted."""
    return "No web pages: regions are chosen by fields or uploads (`[web]` in config.toml)."


def web_half() -> str:
    """One setting without the other."""
    return "`[web] listen` and `public_url` belong together: set both, or none."


def web(url: str, reached: bool) -> str:
    """Whether the pages are where they should be."""
    if reached:
        return f"The web pages answer at <{url}>."
    return f"The web pages don't answer at <{url}>: see `[web]` and the web server before it."


def sales(sku: str, sold: bool) -> str:
    """Whether the pack is for sale."""
    if sold:
        return "The pack is for sale at Discord."
    return f"`pack_sku` {sku} is no consumable SKU of this application."
