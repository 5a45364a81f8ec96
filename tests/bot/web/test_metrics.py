"""Whether the bot is well, and its numbers; neither tells anybody more than it should."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.parser import text_string_to_metric_families

from bot.client import FiveSquares
from bot.services import Services
from bot.web import metrics, server
from config import Config, ConfigError, WebConfig
from db.engine import open_database
from tests.bot.studio import Studio
from tests.program import free_port


@pytest.fixture
async def numbers(services: Services) -> AsyncIterator[TestClient]:
    async with TestClient(TestServer(metrics.application(services))) as client:
        yield client


async def read(client: TestClient) -> dict[tuple[str, ...], float]:
    """The values by name and labels."""
    text = await (await client.get("/metrics")).text()
    families = text_string_to_metric_families(text)
    samples = [sample for family in families for sample in family.samples]
    return {(s.name, *s.labels.values()): s.value for s in samples}


async def test_the_numbers_follow_what_happens(studio: Studio, numbers: TestClient) -> None:
    first = await read(numbers)
    assert first["five_squares_queued", "mini"] == 0
    await studio.finished("a red cube", images=2)
    await studio.imagine("a secret prompt")
    await studio.imagine("a crate of contraband")
    studio.clock.advance(30)
    found = await read(numbers)
    assert found["five_squares_queued", "mini"] == 1
    assert found["five_squares_running", "mini"] == 0
    assert found["five_squares_oldest_queued_seconds",] == 30
    assert found["five_squares_requests_total", "mini", "succeeded"] == 1
    assert found["five_squares_pictures_total",] == 2
    assert found["five_squares_credits_spent_total",] == 2
    assert found["five_squares_cases_total", "block"] == 1
    assert ("process_resident_memory_bytes",) in found


async def test_the_numbers_name_nobody(studio: Studio, numbers: TestClient) -> None:
    await studio.imagine("a secret prompt")
    text = await (await numbers.get("/metrics")).text()
    assert "secret" not in text and str(studio.alice.id) not in text


async def test_the_public_pages_have_no_numbers_and_say_whether_all_is_well(
    services: Services,
) -> None:
    async with TestClient(TestServer(server.application(services))) as client:
        assert (await client.get("/metrics")).status == 404
        answer = await client.get("/health")
        assert (answer.status, await answer.text()) == (200, "ok")


async def test_a_database_that_does_not_answer(services: Services) -> None:
    url = services.config.database_url
    database = await open_database(url, checkpoints=False)
    ill = replace(services, database=database)
    await database.close()
    services.config.data_dir.joinpath("fivesquares.db").rename(
        services.config.data_dir / "elsewhere.db"
    )
    services.config.data_dir.joinpath("fivesquares.db").mkdir()
    async with TestClient(TestServer(metrics.application(ill))) as client:
        answer = await client.get("/health")
        assert (answer.status, await answer.text()) == (503, "The database does not answer.")


async def test_both_listen_where_the_settings_say(
    services: Services, simcord_bot: FiveSquares
) -> None:
    pages, numbers = (f"127.0.0.1:{free_port()}" for _ in range(2))
    web = WebConfig(listen=pages, metrics_listen=numbers)
    config: Config = replace(services.config, web=web)
    serving = asyncio.create_task(server.serve(replace(services, config=config), simcord_bot))
    async with aiohttp.ClientSession() as http:
        for address, path in ((web.listen, "health"), (web.metrics_listen, "metrics")):
            answer = None
            while answer is None:
                with suppress(aiohttp.ClientConnectorError):
                    answer = await http.get(f"http://{address}/{path}")
            assert answer.status == 200
    serving.cancel()


def test_numbers_are_never_among_the_pages() -> None:
    with pytest.raises(ConfigError, match="an address of its own"):
        WebConfig(listen="0.0.0.0:8001", metrics_listen="0.0.0.0:8001")
