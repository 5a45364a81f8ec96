"""A page with values in it, and what every handler is given. Knows no routes."""

import html
from pathlib import Path
from string import Template

from aiohttp import web

from bot.services import Services

PAGES = Path(__file__).parent / "pages"
SERVICES: web.AppKey[Services] = web.AppKey("services", Services)


def page(name: str, status: int = 200, **values: str) -> web.Response:
    """A page with the values in their places, none of them taken for markup."""
    text = Template((PAGES / name).read_text(encoding="utf-8"))
    safe = {key: html.escape(value) for key, value in values.items()}
    return web.Response(text=text.substitute(safe), content_type="text/html", status=status)
