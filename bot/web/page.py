"""A page with values in it, and what every handler is given. Knows no routes."""

from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.services import Services

PAGES = Path(__file__).parent / "pages"
SERVICES: web.AppKey[Services] = web.AppKey("services", Services)
_TEMPLATES = Environment(
    loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


def page(name: str, status: int = 200, **values: object) -> web.Response:
    """A page with the values in their places, none of them taken for markup."""
    text = _TEMPLATES.get_template(name).render(values)
    return web.Response(text=text, content_type="text/html", status=status)
