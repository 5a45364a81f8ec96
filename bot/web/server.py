"""The server of the web pages: its routes, its headers, and how mistakes are told."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import discord
from aiohttp import web

from bot.presenters.sentences import fault, sentence
from bot.services import Services
from bot.web import archive, metrics, original, painting, review
from bot.web.page import PAGES, SERVICES, page
from db.errors import FiveSquaresError

log = logging.getLogger(__name__)

LARGEST_BODY = 8 * 2**20
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
        "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class NoAddress(FiveSquaresError):
    """The web pages can't listen where config.toml says."""


async def serve(services: Services, client: discord.Client) -> None:
    """Serves the pages, and the numbers, where there is an address for them, until cancelled.

    Raises NoAddress.
    """
    settings = services.config.web
    async with AsyncExitStack() as open_now:
        if settings.listen:
            await open_now.enter_async_context(
                listening(application(services, client), settings.listen)
            )
        if settings.metrics_listen:
            numbers = metrics.application(services)
            await open_now.enter_async_context(listening(numbers, settings.metrics_listen))
        await asyncio.Event().wait()


def application(services: Services, client: discord.Client | None = None) -> web.Application:
    """The pages on these services; those of moderators need a client, to ask who they are."""
    app = web.Application(middlewares=[_tell_mistakes], client_max_size=LARGEST_BODY)
    app[SERVICES] = services
    app.router.add_routes(painting.ROUTES)
    app.router.add_routes(archive.ROUTES)
    app.router.add_routes(original.ROUTES)
    app.router.add_routes(metrics.ROUTES)
    if client is not None:
        review.open_to(app, client)
    app.router.add_static("/pages", PAGES)
    app.on_response_prepare.append(_add_headers)
    return app


@asynccontextmanager
async def listening(app: web.Application, listen: str) -> AsyncIterator[None]:
    """Serves while it is open. Raises NoAddress."""
    runner = web.AppRunner(app, access_log=None)  # it would hold the links
    await runner.setup()
    host, _, port = listen.rpartition(":")
    try:
        try:
            await web.TCPSite(runner, host.strip("[]"), int(port)).start()
        except OSError as error:
            raise NoAddress(
                f"The web pages can't listen on {listen} ({error.strerror}); "
                "set another address under [web] in config.toml."
            ) from error
        yield
    finally:
        await runner.cleanup()


@web.middleware
async def _tell_mistakes(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answers in one sentence, as a page where one was asked for."""
    wants_page = request.method == "GET" or "text/html" in request.headers.get("Accept", "")
    answer = partial(page, "said.html") if wants_page else _plain
    try:
        return await handler(request)
    except web.HTTPRequestEntityTooLarge:
        return _plain(413, said="That is too large to be a mask. Nothing was charged.")
    except web.HTTPException:
        raise
    except Exception as error:
        if (text := sentence(error)) is not None:
            return answer(status=410 if isinstance(error, FiveSquaresError) else 422, said=text)
        log.error("%s in %s", type(error).__name__, request.match_info.handler.__name__)
        return answer(status=500, said=fault(type(error).__name__))


def _plain(status: int, said: str) -> web.Response:
    return web.Response(text=said, status=status)


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)
