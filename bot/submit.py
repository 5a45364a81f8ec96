"""Takes a request from any front door: checks it, then charges and queues it in one transaction.

Who asks, and where, is plain data here: nothing of Discord, of texts or of pictures is known.
"""

from dataclasses import dataclass
from typing import Any

from bot.judge import NotAccepted, Origin, check_may_ask, judge
from bot.request import Request, check, price
from bot.rights import check_pace, of_member
from bot.services import Services
from bot.steering import steer
from db import admissions, credits, flags, images, jobs, lanes
from db.errors import FiveSquaresError
from db.outlook import Outlook, outlook
from db.tables import Image, Job, Operation


class NotOffered(FiveSquaresError):
    """The model that runs here can't do that. Nothing was charged."""


class PictureGone(FiveSquaresError):
    """That picture was deleted, so nothing can be made from it. Nothing was charged."""


class MaskGone(FiveSquaresError):
    """The region that was marked is no longer kept; please mark it anew. Nothing was charged."""


class NotYourPicture(FiveSquaresError):
    """Only the member who brought that picture can make something from it. Nothing was charged."""


@dataclass(frozen=True)
class Submitted:
    """A job in the queue; `created` is False when the same click had made it before."""

    job: Job
    created: bool
    outlook: Outlook
    balance: int


async def submit(services: Services, request: Request, origin: Origin) -> Submitted:
    """Queues the request and spends its credits, both or neither.

    A member's first request makes their wallet. The same click twice gives the first job.
    Raises a FiveSquaresError that says what is wrong; a refused prompt leaves a flag.
    """
    request = check(request)
    await check_may_ask(services, origin.user_id, origin.guild_id)
    await _check_accepted(services, request, origin)
    cases = await judge(services, origin, request.before or "", request.prompt)
    async with services.database.write() as session:
        now = await services.database.now(session)
        card = await lanes.card(session, services.config.model)
        check_offered(card, request.operation)
        for image_id in request.sources:
            usable(await images.get(session, image_id), origin.user_id)
        # Whoever marked it: anybody may ask for the same again.
        if request.mask is not None and await images.living(session, request.mask) is None:
            raise MaskGone
        rights = await of_member(session, origin, request.operation)
        request = await steer(services, session, request, origin, card)
        new = _new_job(services, request, origin)
        member = await credits.enrol(session, origin.user_id, now, services.plan)
        member.weight = rights.weight
        enqueued = await jobs.enqueue(session, new, now)
        job = enqueued.job
        if enqueued.created:
            await check_pace(session, rights, job, now)
            await credits.spend(session, origin.user_id, job.id, new.cost, now)
            for case in cases:
                await flags.set_job(session, case, job.id)
        return Submitted(
            job,
            enqueued.created,
            await outlook(session, job.id, now),
            await credits.balance(session, origin.user_id, now),
        )


async def _check_accepted(services: Services, request: Request, origin: Origin) -> None:
    """Keeps what a member asks for until they have accepted the rules. Raises NotAccepted."""
    database = services.database
    async with database.read() as session:
        if await admissions.has_accepted(session, origin.user_id):
            return
    kept = {"operation": request.operation, **request.params()}
    async with database.write() as session:
        now = await database.now(session)
        asked = (origin.user_id, origin.request_id, origin.command, kept, now, origin.private)
        wish = await admissions.keep_wish(session, *asked)
    raise NotAccepted(wish.id, price(services.config.credits, request.operation))


def check_offered(card: dict[str, Any] | None, operation: Operation) -> None:
    """Raises NotOffered, with the reason if the lane's worker says it."""
    if card and operation not in card["operations"]:
        why = card.get("missing", {}).get(operation)
        raise NotOffered(f"{why} Nothing was charged." if why else "")


def usable(image: Image | None, user_id: int) -> Image:
    """The image, if the member may begin with it. Raises PictureGone or NotYourPicture."""
    if image is None or image.deleted_at is not None:
        raise PictureGone
    if image.brought_by not in (None, user_id):
        raise NotYourPicture
    return image


def _new_job(services: Services, request: Request, origin: Origin) -> jobs.NewJob:
    return jobs.NewJob(
        request_id=origin.request_id,
        user_id=origin.user_id,
        guild_id=origin.guild_id,
        channel_id=origin.channel_id,
        operation=request.operation,
        params=request.params(),
        lane=services.config.model,
        batch_key=request.operation,
        cost=price(services.config.credits, request.operation),
        source_message_id=origin.source_message_id,
        custom_id=origin.custom_id,
        private=origin.private,
    )
