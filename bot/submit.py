"""Takes a request from any front door: checks it, then charges and queues it in one transaction.

Who asks, and where, is plain data here: nothing of Discord, of texts or of pictures is known.
"""

import random
import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Any

from bot.judge import Origin, judge
from bot.services import Services
from db import credits, flags, images, jobs
from db.errors import FiveSquaresError
from db.tables import Image, Job, Operation

PROMPT_LIMIT = 1000
IMAGES_LIMIT = 4
SEED_LIMIT = 2**32 - 1
VARIATIONS = 3

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


class NotOffered(FiveSquaresError):
    """The model that runs here can't do that. Nothing was charged."""


class PictureGone(FiveSquaresError):
    """That picture was deleted, so nothing can be made from it. Nothing was charged."""


@dataclass(frozen=True)
class Request:
    """What to make. Without a seed a new one is drawn; `source` is the image to start from."""

    operation: Operation
    prompt: str
    images: int = IMAGES_LIMIT
    seed: int | None = None
    source: int | None = None


@dataclass(frozen=True)
class Submitted:
    """A job in the queue; `created` is False when the same click had made it before.

    `position` counts the jobs ahead, `eta` is in seconds, and None while nothing was measured.
    """

    job: Job
    created: bool
    position: int
    eta: float | None
    balance: int


def again(job: Job) -> Request:
    """The same request with a new seed."""
    params = job.params
    return Request(job.operation, params["prompt"], params["images"], source=params["source"])


def variation(job: Job, image: Image) -> Request:
    """Variations of one picture of a job."""
    return Request(Operation.variation, job.params["prompt"], VARIATIONS, source=image.id)


async def submit(services: Services, request: Request, origin: Origin) -> Submitted:
    """Queues the request and spends its credits, both or neither.

    A member's first request makes their wallet. The same click twice gives the first job.
    Raises a FiveSquaresError that says what is wrong; a refused prompt leaves a flag.
    """
    request = check(request)
    case = await judge(services, request.prompt, origin)
    plan = credits.Plan(services.config.credits.first_month, services.config.credits.monthly)
    async with services.database.write() as session:
        now = await services.database.now(session)
        card = await jobs.lane_card(session, services.config.model)
        if card and request.operation not in card["operations"]:
            raise NotOffered(reason(card, request.operation))
        if request.source is not None:
            image = await images.get(session, request.source)
            if image is None or image.deleted_at is not None:
                raise PictureGone
        new = _new_job(services, request, origin)
        await credits.enrol(session, origin.user_id, now, plan)
        enqueued = await jobs.enqueue(session, new, now)
        job = enqueued.job
        if enqueued.created:
            await credits.spend(session, origin.user_id, job.id, new.cost, now)
            if case is not None:
                await flags.set_job(session, case, job.id)
        return Submitted(
            job,
            enqueued.created,
            await jobs.position(session, job.id),
            await jobs.eta(session, job.id, now),
            await credits.balance(session, origin.user_id, now),
        )


def check(request: Request) -> Request:
    """The request with a tidy prompt and a seed. Raises what is wrong with it."""
    prompt = tidy(request.prompt)
    if not any(unicodedata.category(c) not in _UNSEEN and c not in _BLANKS for c in prompt):
        raise EmptyPrompt
    if len(prompt) > PROMPT_LIMIT:
        raise LongPrompt
    if _MENTION.search(prompt):
        raise MentioningPrompt
    if not 1 <= request.images <= IMAGES_LIMIT:
        raise ImagesOutOfRange
    seed = random.randint(0, SEED_LIMIT) if request.seed is None else request.seed
    if not 0 <= seed <= SEED_LIMIT:
        raise SeedOutOfRange
    return replace(request, prompt=prompt, seed=seed)


def tidy(prompt: str) -> str:
    """One line of text that any database holds: no control characters, no lone surrogates."""
    kept = (c for c in " ".join(prompt.split()) if unicodedata.category(c) not in {"Cc", "Cs"})
    return "".join(kept)


def reason(card: dict[str, Any], operation: Operation) -> str:
    """Why the lane's model can't do that, as one answer; empty where its worker doesn't say."""
    why = card.get("missing", {}).get(operation)
    return f"{why} Nothing was charged." if why else ""


def _new_job(services: Services, request: Request, origin: Origin) -> jobs.NewJob:
    prices = services.config.credits
    first = request.operation == Operation.text_to_image
    return jobs.NewJob(
        request_id=origin.request_id,
        user_id=origin.user_id,
        guild_id=origin.guild_id,
        channel_id=origin.channel_id,
        operation=request.operation,
        params={
            "prompt": request.prompt,
            "images": request.images,
            "seed": request.seed,
            "source": request.source,
        },
        lane=services.config.model,
        batch_key=request.operation,
        cost=prices.text_to_image_cost if first else prices.edit_cost,
        source_message_id=origin.source_message_id,
        custom_id=origin.custom_id,
    )
