"""A member's archive to download, by a link that is theirs alone and dies after a day."""

from datetime import timedelta

from aiohttp import web

from bot.archive import archives
from bot.services import Services
from bot.web.links import LinkDead
from bot.web.page import SERVICES

KIND = "archive"
LIFETIME = timedelta(days=1)
CHUNK = 2**18
LARGEST = 2**40


def link(services: Services, user_id: int) -> str | None:
    """The address of a member's archive; None where members can't reach the pages."""
    if services.links is None:
        return None
    return services.links.make(KIND, user_id, services.clock() + LIFETIME)


async def download(request: web.Request) -> web.StreamResponse:
    """The archive as it is now."""
    services = request.app[SERVICES]
    if services.links is None:
        raise LinkDead
    user_id = services.links.read(KIND, request.match_info["token"], services.clock())
    response = web.StreamResponse()
    response.content_type = "application/zip"
    response.headers["Content-Disposition"] = 'attachment; filename="five-squares.zip"'
    async for archive in archives(services, user_id, LARGEST):
        await response.prepare(request)
        while chunk := archive.read(CHUNK):
            await response.write(chunk)
    await response.write_eof()
    return response


ROUTES = [web.get(f"/{KIND}/{{token}}", download)]
