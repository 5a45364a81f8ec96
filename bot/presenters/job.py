"""The words of a job's message, from the queue to the pictures."""

from collections.abc import Sequence

from bot.presenters.text import count, duration, escape, escaped, member, shorten
from bot.request import SEEDLESS
from db.outlook import Outlook
from db.tables import Image, Job, Operation

LONGEST = 2600
"""Characters of what was asked for. A message takes 4,000, and words that the model does not know
stand there, too."""
WORDS_SHOWN = 12
PREVIEW = "How far the picture is"
BAR = 12
PRIVATE = "Whether only you see them, by direct message"


SIDES = {
    ("left",): "to the left",
    ("right",): "to the right",
    ("up",): "upwards",
    ("down",): "downwards",
    ("left", "right"): "to both sides",
    ("up", "down"): "upwards and downwards",
}


def title(job: Job, image: Image | None = None) -> str:
    """What was asked for, its number, by whom, and the seed that makes it again; or one picture."""
    number, seed = (job.id, job.params["seed"]) if image is None else (image.number, image.seed)
    line = f"{asked(job)}\n-# `#{number}` · {member(job.user_id)}"
    return line if job.operation in SEEDLESS else f"{line} · seed `{seed}`"


def asked(job: Job, longest: int = LONGEST) -> str:
    """What was asked for; no more than so many characters come of its words."""
    words = escaped(job.params["prompt"], longest)
    prompt = f"**{words}**" if words else ""
    match job.operation:
        case Operation.text_to_image:
            return prompt
        case Operation.variation:
            return f"Variations of {prompt or 'a picture'}"
        case Operation.inpaint:
            return f"Repainted: {prompt}"
        case Operation.outpaint:
            where = SIDES.get(tuple(job.params["sides"]), "on all sides")
            return f"Extended {where}{': ' * bool(prompt)}{prompt}"
        case Operation.interpolate:
            return "A blend of two pictures"
        case Operation.text_diff:
            halves = (escaped(job.params[key], longest // 2) for key in ("before", "prompt"))
            return "From **{}** to **{}**".format(*halves)


def waiting(job: Job, outlook: Outlook, balance: int) -> str:
    """A job in the queue: its place, its time, and what its member has left."""
    where = paused() if outlook.paused else f"⏳ In the queue: {place(outlook)}"
    return f"{title(job)}\n{where}\n-# {_price(job)}, {left(balance)}"


def place(outlook: Outlook) -> str:
    """Where a job stands in the queue, and how long it takes from there."""
    ahead = f"{count(outlook.ahead, 'request')} ahead of it" if outlook.ahead else "next in line"
    if not outlook.served:
        return f"{ahead}. What makes the pictures is away; this goes on when it is back."
    return f"{ahead}{ready(outlook)}"


def ready(outlook: Outlook) -> str:
    """How long it takes, once that was measured."""
    return "" if outlook.seconds is None else f", ready in {duration(outlook.seconds)}"


def paused() -> str:
    """What holds up a job whose server is paused."""
    return "⏸️ The moderators have paused the queue here; this goes on when they resume it."


def running(job: Job, step: int, total: int) -> str:
    """A job that is being made: how many of its steps are done."""
    if not total:
        return f"{title(job)}\n🎨 Starting…"
    done = BAR * step // total
    return f"{title(job)}\n🎨 {'▰' * done}{'▱' * (BAR - done)} step {step} of {total}"


def finished(job: Job, unknown: Sequence[str], unread: Sequence[str], known: int) -> str:
    """A job with its pictures, and the words that the model could not follow.

    `unread` are those beyond the length it reads; `known` is the size of its vocabulary.
    """
    lines = [title(job)]
    if unknown and job.operation is not Operation.variation:  # its words are the picture's
        lines.append(
            f"The built-in model has not learned: {_some(unknown)}. "
            f"It knows {count(known, 'word')}: `/help words`"
        )
    if unread:
        lines.append(f"The prompt was too long for it; it did not read: {_some(unread)}.")
    return "\n".join(lines)


def failed(job: Job) -> str:
    """A job that could not be made."""
    if sentence := job.result.get("sentence"):
        return f"{title(job)}\n⚠️ {escape(sentence)} {_returned(job)}"
    text = f"⚠️ These pictures could not be made, and that is not your doing. {_returned(job)}"
    return f"{title(job)}\n{text}\n-# The number is for whoever looks after this bot."


def cancelled(job: Job) -> str:
    """A job that its member or a moderator took back."""
    return f"{title(job)}\n🛑 Cancelled. {_returned(job)}"


def rejected(job: Job) -> str:
    """A job that a safety check stopped. Says nothing that others should not read."""
    return f"-# {member(job.user_id)}\n🚫 This request was not carried out. {_returned(job)}"


def by_mail() -> str:
    """The answer to a request whose pictures only its member sees."""
    return "🔒 It is on its way to your direct messages; nobody else sees it."


def moved(job: Job) -> str:
    """Why a job's end comes by direct message."""
    return f"-# It could not be posted in <#{job.channel_id}>, where you asked for it."


def kept(job_ids: Sequence[int]) -> str:
    """Tells a member of what could be shown to them nowhere."""
    shown = ", ".join(f"`/show {job_id}`" for job_id in job_ids)
    return (
        "What you asked for earlier is done, but could neither be posted where you asked nor sent"
        f" to you. It is kept in your `/history`: {shown}"
    )


def left(balance: int) -> str:
    """What a member can still spend."""
    return f"{count(balance, 'credit')} left"


def alone(job: Job, image: Image) -> str:
    """One picture of a job by itself; pictures count from 1."""
    return title(job, image)


def already(link: str | None) -> str:
    """The answer to a second click: the first one's job."""
    return f"That is already on its way: {link}" if link else "That is already on its way."


def too_late() -> str:
    """The answer to Cancel when there is nothing to cancel."""
    return "That request is already finished."


def alt_text(job: Job, index: int) -> str:
    """What a screen reader says of a picture."""
    words = job.params["prompt"] or "made from other pictures"
    return shorten(f"Picture {index}: {words}", 256)


def _some(words: Sequence[str]) -> str:
    """The first words of a list that may be long."""
    shown = ", ".join(escaped(word, 40) for word in words[:WORDS_SHOWN])
    more = len(words) - WORDS_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def _price(job: Job) -> str:
    return f"{count(job.cost, 'credit')} spent" if job.cost else "Free"


def _returned(job: Job) -> str:
    if not job.cost:
        return "Nothing was charged."
    return f"{'Your credit was' if job.cost == 1 else f'Your {job.cost} credits were'} returned."
