"""The page where a member paints the region to repaint: from its link to the job.

The link is for one edit, and dies with it: when the edit is confirmed, here or in Discord, and
half an hour after it was begun. Until then it may be reloaded.
"""

import asyncio

from aiohttp import web

from bot import region, sources
from bot.presenters import region as texts
from bot.presenters.text import count
from bot.request import price
from bot.services import Services
from bot.submit import submit, usable
from bot.web.links import LinkDead
from bot.web.page import SERVICES, page
from db import edits, images
from db.errors import FiveSquaresError
from db.tables import Edit, Image, Operation

KIND = "paint"


class AlreadyPainted(FiveSquaresError):
    """This edit is already on its way; look for it in Discord. The link can't be used twice."""


async def show(request: web.Request) -> web.StreamResponse:
    """The page."""
    services, edit, image = await _edit(request)
    cost = price(services.config.credits, Operation.inpaint)
    return page(
        "paint.html",
        prompt=edit.prompt,
        price=count(cost, "credit") if cost else "free",
        costs=f"Costs {count(cost, 'credit')}, but only once you confirm."
        if cost
        else "It is free.",
        width=str(image.width),
        height=str(image.height),
        here=request.path,
        back=texts.channel_link(edit),
    )


async def picture(request: web.Request) -> web.StreamResponse:
    """The picture to paint on."""
    services, _, image = await _edit(request)
    shown = await sources.shown(services, image)
    return web.Response(body=await asyncio.to_thread(sources.png, shown), content_type="image/png")


async def take_mask(request: web.Request) -> web.StreamResponse:
    """Keeps the mask that was painted; nothing is charged yet."""
    services, edit, _ = await _edit(request)
    await region.set_mask(services, edit, await request.read())
    return web.Response(status=204)


async def preview(request: web.Request) -> web.StreamResponse:
    """The picture with its region marked, as the mask was understood."""
    services, edit, _ = await _edit(request)
    marked = await region.marked(services, edit, region.PAINTED)
    return web.Response(body=marked, content_type="image/webp")


async def confirm(request: web.Request) -> web.StreamResponse:
    """Charges and queues; delivery posts the job's message where the edit was begun."""
    services, edit, _ = await _edit(request)
    asked = await region.request_of(services, edit, region.PAINTED)
    await submit(services, asked, region.origin_of(edit))
    return web.Response(text=texts.on_its_way())


ROUTES = [
    web.get(f"/{KIND}/{{token}}", show),
    web.get(f"/{KIND}/{{token}}/picture", picture),
    web.post(f"/{KIND}/{{token}}/mask", take_mask),
    web.get(f"/{KIND}/{{token}}/preview", preview),
    web.post(f"/{KIND}/{{token}}/confirm", confirm),
]


async def _edit(request: web.Request) -> tuple[Services, Edit, Image]:
    """What a link leads to. Raises LinkDead, AlreadyPainted, EditGone or PictureGone."""
    services = request.app[SERVICES]
    if services.links is None:
        raise LinkDead
    edit_id = services.links.read(KIND, request.match_info["token"], services.clock())
    edit = await region.living(services, edit_id)
    async with services.database.read() as session:
        if await edits.job_of(session, edit.id) is not None:
            raise AlreadyPainted
        return services, edit, usable(await images.get(session, edit.image_id), edit.user_id)
