"""What a host's own tools read: whether the bot is well, and its numbers for Prometheus.

The numbers have an address of their own, so that they are never among the public pages.
"""

import asyncio
from collections.abc import Iterable, Mapping

from aiohttp import web
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.services import Services
from bot.web.page import SERVICES
from db import numbers
from db.errors import FiveSquaresError
from db.numbers import Moment

PATIENCE = 3.0
"""Seconds in which a database that is well answers."""
PREFIX = "five_squares"

Labelled = Mapping[tuple[str, ...], float]


async def health(request: web.Request) -> web.StreamResponse:
    """200 while the database answers; says nothing else, as everybody may ask."""
    try:
        async with asyncio.timeout(PATIENCE):
            await request.app[SERVICES].database.check()
    except (FiveSquaresError, TimeoutError):
        return web.Response(status=503, text="The database does not answer.")
    return web.Response(text="ok")


async def metrics(request: web.Request) -> web.StreamResponse:
    """The numbers, counted now."""
    services = request.app[SERVICES]
    async with services.database.read() as session:
        now = await services.database.now(session)
        text = generate_latest(_registry(await numbers.moment(session), now.timestamp()))
    return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST})


def application(services: Services) -> web.Application:
    """What listens on `[web] metrics_listen`."""
    app = web.Application()
    app[SERVICES] = services
    app.router.add_get("/metrics", metrics)
    app.router.add_get("/health", health)
    return app


ROUTES = [web.get("/health", health)]


def _registry(found: Moment, now: float) -> CollectorRegistry:
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(_Counted(list(_metrics(found, now))))
    return registry


class _Counted(Collector):
    """Metrics that were counted before they are asked for."""

    def __init__(self, found: Iterable[Metric]) -> None:
        self._found = found

    def collect(self) -> Iterable[Metric]:
        """Called by the registry."""
        return self._found


def _metrics(found: Moment, now: float) -> Iterable[Metric]:
    waited = now - found.oldest_queued.timestamp() if found.oldest_queued else 0.0
    yield _gauge("queued", "Requests that wait, by model", ["model"], found.queued)
    yield _gauge("running", "Requests that are being made", ["model"], found.running)
    yield _gauge("oldest_queued_seconds", "How long the oldest has waited", [], {(): waited})
    yield _gauge("undelivered", "Ended, not shown yet", [], {(): found.undelivered})
    yield _gauge("letters_unsent", "Direct messages to be sent", [], {(): found.letters})
    yield _counter("requests", "Requests that ended", ["model", "state"], found.ended)
    yield _counter("cases", "What the policy noticed", ["action"], found.flags)
    yield _counter("pictures", "Pictures made", [], {(): found.pictures})
    yield _counter("credits_spent", "Credits spent and not returned", [], {(): found.spent})


def _gauge(name: str, words: str, labels: list[str], values: Labelled) -> Metric:
    metric = GaugeMetricFamily(f"{PREFIX}_{name}", words, labels=labels)
    for at, value in values.items():
        metric.add_metric(at, value)
    return metric


def _counter(name: str, words: str, labels: list[str], values: Labelled) -> Metric:
    metric = CounterMetricFamily(f"{PREFIX}_{name}", words, labels=labels)
    for at, value in values.items():
        metric.add_metric(at, value)
    return metric
