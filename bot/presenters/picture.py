"""The words around a picture: how it was made, and what can be done with it."""

import re
from collections.abc import Sequence

from bot.presenters.job import asked
from bot.presenters.text import ago, count, escape, member, shorten
from bot.request import SEEDLESS
from db.tables import Image, Job, Operation

FORM_TITLE = "Edit the prompt"
STEERED_SHOWN = 200
FORM_LABEL = "What to show"
DOWNLOAD = "Download it"
DELETE = "Delete them"
EXTENSIONS = {
    "left": "To the left",
    "right": "To the right",
    "up": "Upwards",
    "down": "Downwards",
    "all": "On all sides",
    "16:9": "To 16:9, wide",
    "9:16": "To 9:16, tall",
    "1:1": "To a square",
}
OPERATIONS = {
    Operation.text_to_image: "from words",
    Operation.variation: "variations",
    Operation.inpaint: "an edited region",
    Operation.outpaint: "an extension",
    Operation.interpolate: "a blend",
    Operation.text_diff: "a change by words",
}

Origin = tuple[Image, Job | None, str | None]
"""A picture that another began with, the job that made it, and where that is shown."""


def info(job: Job, found: Sequence[Image], origins: Sequence[Origin]) -> str:
    """All that makes a job's pictures again; what can be copied stands in a block of its own."""
    lines = [
        f"## Request {job.id}: {OPERATIONS[job.operation]}",
        f"{member(job.user_id)} · {ago(job.created_at)} · model `{_model(job.lane)}`",
    ]
    if job.params["prompt"]:
        lines.append(_block(job.params["prompt"]))
    if steered := job.params.get("steered"):
        lines.append(_varied(job.params["prompt"], steered))
    sizes = ", ".join(sorted({f"{image.width}×{image.height}" for image in found}))
    if job.operation not in SEEDLESS:
        seeds = ", ".join(str(image.seed) for image in found) or str(job.params["seed"])
        lines += ["Seed, one a picture" if len(found) > 1 else "Seed", _block(seeds)]
    lines += [f"- {name}: {value}" for name, value in _details(job)]
    lines += [f"- size: {sizes}"] if sizes else []
    lines += [f"- made from {_origin(origin)}" for origin in origins]
    return "\n".join(lines)


def _model(lane: str) -> str:
    """As the settings name it; of a folder the last part only, for the way to it is the host's."""
    return re.split(r"[/\\]", lane)[-1] if re.match(r"[./~\\]|\w:", lane) else lane


def _block(text: str) -> str:
    """What a phone can copy with one touch."""
    return f"```\n{text.replace('`', 'ˋ')}\n```"


def _varied(prompt: str, steered: Sequence[str]) -> str:
    """Tells of the words that were added, picture by picture."""
    shown = [
        f"-# {n} · {escape(shorten(own, STEERED_SHOWN))}" if own != prompt else f"-# {n} · as it is"
        for n, own in enumerate(steered, 1)
    ]
    head = "The prompt leaves open who it shows, so words were added to show people of all kinds:"
    return "\n".join([head, *shown])


def _details(job: Job) -> list[tuple[str, str]]:
    asked_for = job.params
    found = []
    if "before" in asked_for:
        found.append(("from", escape(asked_for["before"])))
    if "t" in asked_for:
        found.append(("strength", f"{asked_for['t']:.2f} of the second picture"))
    if "sides" in asked_for:
        sides = ", ".join(asked_for["sides"])
        found.append(("extended", f"{sides}, by {100 * asked_for['amount']:.0f} %"))
    return found


def _origin(origin: Origin) -> str:
    image, job, link = origin
    if job is None:
        return "a picture that a member brought"
    return f"[picture {image.number}]({link})" if link else f"picture {image.number}"


def too_large() -> str:
    """The words above the link to the original."""
    return "The original is larger than Discord takes here. The link is good for an hour."


def smaller() -> str:
    """What comes instead of the original."""
    return (
        "The original is larger than Discord takes here; this is the best copy that fits, without "
        "its signed metadata."
    )


def ask_to_delete(job: Job, asking: int) -> str:
    """What goes, before it does."""
    whose = "your" if job.user_id == asking else f"{member(job.user_id)}'s"
    return (
        f"Delete {whose} pictures of request `#{job.id}` for good? The messages that show them go, "
        "too."
    )


def deleted() -> str:
    """They are gone."""
    return "Deleted. Their messages vanish in a moment."


def starred(job: Job, image: Image) -> str:
    """The answer to a star."""
    return f"⭐ Picture {image.number} is among your favourites: {asked(job)}"


def unstarred() -> str:
    """The answer when a star is taken back."""
    return "It is not among your favourites any more."


def saved() -> str:
    """The answer when the pictures were sent."""
    return "💌 They are in your direct messages."


def keepsake(job: Job, link: str | None) -> str:
    """What stands with pictures in a direct message."""
    where = f" · [where they were made]({link})" if link else ""
    return f"{asked(job)}\n-# {count(job.params['images'], 'picture')} of request {job.id}{where}"


def missing(which: str) -> str:
    """Asks for a picture, the first or the second of several."""
    return (
        f"Please attach a picture as `image{which}`, or choose one of yours as `earlier{which}`. "
        "Nothing was charged."
    )


def which(several: bool) -> str:
    """Asks which picture of a message is meant."""
    return "Which picture?" if several else "What to do with this picture?"


def numbered(label: str, count: int) -> list[str]:
    """A label for each of so many pictures: with a number where there are several."""
    return [f"{label} {n}" for n in range(1, count + 1)] if count > 1 else [label]


def choice(job: Job, image: Image) -> str:
    """A picture in a list to choose from."""
    return shorten(f"{image.number} · {job.params['prompt'] or OPERATIONS[job.operation]}", 100)
