"""A picture in full to download, where it is too large for Discord: by a link that dies soon."""

from datetime import timedelta

from aiohttp import web

from bot import pictures
from bot.services import Services
from bot.submit import PictureGone
from bot.web.links import LinkDead
from bot.web.page import SERVICES
from db import images
from db.tables import Image

KIND = "original"
LIFETIME = timedelta(hours=1)


def link(services: Services, image: Image) -> str | None:
    """The address of a picture for whom may see it; None where members can't reach the pages."""
    if services.links is None:
        return None
    return services.links.make(KIND, image.id, services.clock() + LIFETIME)


async def download(request: web.Request) -> web.StreamResponse:
    """The signed file, byte by byte as it was made. Raises LinkDead or PictureGone."""
    services = request.app[SERVICES]
    if services.links is None:
        raise LinkDead
    image_id = services.links.read(KIND, request.match_info["token"], services.clock())
    async with services.database.read() as session:
        image = await images.living(session, image_id)
    if image is None or image.signed_key is None:
        raise PictureGone
    picture = await pictures.original(services.store, image)
    as_file = {"Content-Disposition": f'attachment; filename="{picture.name}"'}
    return web.Response(body=picture.data, content_type="image/png", headers=as_file)


ROUTES = [web.get(f"/{KIND}/{{token}}", download)]
