"""What a member asks for, as plain data, and what must hold of it whoever sends it.

Knows no Discord, no database and no policy.
"""

import random
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from config import CreditsConfig
from db.errors import FiveSquaresError
from db.tables import Image, Job, Operation

PROMPT_LIMIT = 1000
IMAGES_LIMIT = 4
SEED_LIMIT = 2**32 - 1
EDITS = 3
"""Pictures of everything that begins with a picture."""
LARGEST_AMOUNT = 1.25
"""How much a picture grows on a side, as a share of it; enough from 9:16 to 16:9."""
AMOUNT = 0.5
"""How much it grows where nothing else is said."""
SIDES = ("left", "right", "up", "down")
SEEDLESS = (Operation.interpolate, Operation.text_diff)
"""What another seed would not change; running it again is not offered."""
PROMPTED = (Operation.text_to_image, Operation.inpaint, Operation.text_diff)
"""What can't be made without a prompt."""

_MENTION = re.compile(r"@everyone|@here|<@[!&]?\d+>")
_UNSEEN = {"Cc", "Cf", "Cn", "Co", "Cs", "Mn", "Zs", "Zl", "Zp"}
_BLANKS = "\u115f\u1160\u2800\u3164\uffa0"  # letters and symbols that show nothing


class EmptyPrompt(FiveSquaresError):
    """Please describe the picture: that prompt shows no letters. Nothing was charged."""


class LongPrompt(FiveSquaresError):
    """That prompt is too long: at most 1,000 characters fit. Nothing was charged."""


class MentioningPrompt(FiveSquaresError):
    """Please describe the picture without mentioning anyone. Nothing was charged."""


class ImagesOutOfRange(FiveSquaresError):
    """One request makes from 1 to 4 pictures. Nothing was charged."""


class SeedOutOfRange(FiveSquaresError):
    """A seed is a whole number from 0 to 4294967295. Nothing was charged."""


class ThatShape(FiveSquaresError):
    """The picture has that shape already. Nothing was charged."""


class AmountOutOfRange(FiveSquaresError):
    """A picture grows by 1 to 125 % of its side at a time. Nothing was charged."""


class ShareOutOfRange(FiveSquaresError):
    """The strength of a blend is from 0, the first picture, to 1. Nothing was charged."""


@dataclass(frozen=True)
class Request:
    """What to make. Without a seed a new one is drawn; `sources` are the images to start from.

    Each of the others belongs to one operation: the `mask`, an image; the `sides` to extend and by
    what `amount` of their length; the share `t` of the second picture; the caption `before`; the
    prompts `steered`, one a picture, in the place of one for all.
    """

    operation: Operation
    prompt: str
    images: int = IMAGES_LIMIT
    seed: int | None = None
    sources: Sequence[int] = ()
    mask: int | None = None
    sides: Sequence[str] | None = None
    amount: float | None = None
    t: float | None = None
    before: str | None = None
    steered: Sequence[str] | None = None

    def params(self) -> dict[str, Any]:
        """All but the operation, without what does not belong to it."""
        optional = ("mask", "sides", "amount", "t", "before", "steered")
        told = {name: value for name, value in asdict(self).items() if name != "operation"}
        return {
            name: value for name, value in told.items() if name not in optional or value is not None
        }


def again(job: Job) -> Request:
    """The same request with a new seed."""
    return Request(job.operation, **{**job.params, "seed": None, "steered": None})


def kept(wish: Mapping[str, Any]) -> Request:
    """A request that was kept as its operation and its params."""
    return Request(**{**wish, "operation": Operation(wish["operation"])})


def edit_of(operation: Operation, prompt: str, *sources: int, **details: Any) -> Request:
    """What begins with pictures, those of these ids."""
    return Request(operation, prompt, EDITS, sources=sources, **details)


def variation(source: Image, job: Job | None) -> Request:
    """Others like a picture, with the words that it was made from where a job made it."""
    return edit_of(Operation.variation, job.params["prompt"] if job else "", source.id)


def extension(prompt: str, source: Image, direction: str, amount: float | None = None) -> Request:
    """A picture that goes on: to a side, on "all", or as far as a ratio such as "16:9" wants.

    Raises ThatShape.
    """
    if ":" in direction:
        sides, amount = _sides_to(direction, source.width / source.height)
    else:
        sides, amount = SIDES if direction == "all" else (direction,), amount or AMOUNT
    return edit_of(Operation.outpaint, prompt, source.id, sides=sides, amount=amount)


def _sides_to(ratio: str, now: float) -> tuple[tuple[str, ...], float]:
    across, down = map(int, ratio.split(":"))
    wanted = across / down
    if abs(wanted - now) < 0.01 * now:
        raise ThatShape
    if wanted > now:
        return ("left", "right"), (wanted / now - 1) / 2
    return ("up", "down"), (now / wanted - 1) / 2


def check(request: Request) -> Request:
    """The request with a tidy prompt and a seed. Raises what is wrong with it."""
    prompt = _checked(request.prompt, request.operation in PROMPTED)
    before = request.before and _checked(request.before, True)
    if not 1 <= request.images <= IMAGES_LIMIT:
        raise ImagesOutOfRange
    if request.amount is not None and not 0 < request.amount <= LARGEST_AMOUNT:
        raise AmountOutOfRange
    if request.t is not None and not 0 <= request.t <= 1:
        raise ShareOutOfRange
    seed = random.randint(0, SEED_LIMIT) if request.seed is None else request.seed
    if not 0 <= seed <= SEED_LIMIT:
        raise SeedOutOfRange
    return replace(request, prompt=prompt, before=before, seed=seed)


def _checked(words: str, needed: bool) -> str:
    """A tidy prompt; empty where it shows nothing and isn't needed."""
    prompt = tidy(words)
    if not any(unicodedata.category(c) not in _UNSEEN and c not in _BLANKS for c in prompt):
        if needed:
            raise EmptyPrompt
        return ""
    if len(prompt) > PROMPT_LIMIT:
        raise LongPrompt
    if _MENTION.search(prompt):
        raise MentioningPrompt
    return prompt


def tidy(prompt: str) -> str:
    """One line of text that any database holds: no control characters, no lone surrogates."""
    kept = (c for c in " ".join(prompt.split()) if unicodedata.category(c) not in {"Cc", "Cs"})
    return "".join(kept)


def price(prices: CreditsConfig, operation: Operation) -> int:
    """What a request of the operation costs."""
    first = operation == Operation.text_to_image
    return prices.text_to_image_cost if first else prices.edit_cost
