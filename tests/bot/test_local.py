"""Local mode: the same world every time, a page that follows, and its port."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import aiohttp
import discord
import pytest
from discord import app_commands
from simcord import Env

from bot.client import FiveSquares
from bot.judge import Origin
from bot.local import SHOWN_AGAIN, NotOurs, Page, PortInUse, World, catch_up, open_local, preview_on
from bot.services import Services
from bot.submit import Request, submit
from config import LocalConfig
from db import jobs
from db.tables import Operation
from tests.bot.studio import FixedClock, Studio, Worker, accepted, painted
from tests.program import free_port, until


class SmallBot(discord.Client):
    """Some commands, and a reaction to each message that lasts until `go_on` is set."""

    def __init__(self, *commands: str) -> None:
        super().__init__(intents=discord.Intents(guilds=True, guild_messages=True))
        self.tree = app_commands.CommandTree(self)
        for name in commands:
            self.tree.add_command(
                app_commands.Command(name=name, description=name, callback=self.answer)
            )
        self.go_on = asyncio.Event()

    async def answer(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message("Yes")

    async def on_message(self, message: discord.Message) -> None:
        await self.go_on.wait()

    async def setup_hook(self) -> None:
        await self.tree.sync()


class Browser:
    """What the page's script does, by hand: open a page, read it, act on it."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self.http = http
        self.origin, _, capability = url.partition("/#")
        self.headers = {"X-Simcord-Capability": capability}
        self.sequence = 0

    async def open(self) -> dict[str, Any]:
        page = await self._call("POST", "/api/pages", {})
        self.headers["X-Simcord-Context"] = page["context"]["id"]
        return page

    async def state(self) -> dict[str, Any]:
        return await self._call("GET", "/api/state")

    async def act(self, kind: str) -> dict[str, Any]:
        state = await self.state()
        self.sequence += 1
        body = {
            "protocol_version": 3,
            "sequence": self.sequence,
            "request_id": str(uuid4()),
            "generation": state["context"]["generation"],
            "bot_generation": state["botGeneration"],
            "published_revision": state["publishedRevision"],
            "kind": kind,
        }
        return await self._call("POST", "/api/action", body)

    async def _call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        url = self.origin + path
        async with self.http.request(method, url, json=body, headers=self.headers) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()


@asynccontextmanager
async def world_of(bot: discord.Client) -> AsyncIterator[tuple[Env, World]]:
    env = Env(bot)
    world = World(env)
    await env.start()
    try:
        yield env, world
    finally:
        await env.shutdown()


@asynccontextmanager
async def opened(bot: discord.Client, pace: float) -> AsyncIterator[tuple[World, Page, Browser]]:
    """A bot, its world, the running page and a browser that has it open."""
    async with world_of(bot) as (env, world), preview_on(env, world, free_port()) as preview:
        page = Page(env, preview, FixedClock(), pace)
        running = asyncio.create_task(page.run())
        async with aiohttp.ClientSession() as http:
            browser = Browser(http, preview.url)
            await browser.open()
            yield world, page, browser
        running.cancel()
        await asyncio.wait([running])


async def address(capsys: pytest.CaptureFixture[str]) -> str:
    """The page's URL, as soon as it is printed."""
    said = ""
    async with asyncio.timeout(60):
        while "#" not in said:
            await asyncio.sleep(0.01)
            said += capsys.readouterr().out
    return said.split()[-1]


async def post(bot: discord.Client, world: World, text: str) -> discord.Message:
    return await bot.get_partial_messageable(world.channel.id).send(text)


async def test_ids_do_not_depend_on_the_commands():
    seen = []
    for bot in (SmallBot("imagine"), SmallBot("imagine", "credits", "help")):
        async with world_of(bot) as (_, world):
            seen.append([world.channel.id, *(viewer.id for viewer in world.viewers)])
    assert seen[0] == seen[1]


async def test_new_ids_are_new_in_every_run():
    clock = FixedClock()
    seen = []
    for _ in range(2):
        bot = SmallBot()
        bot.go_on.set()
        async with world_of(bot) as (env, world):
            await catch_up(env, clock)
            seen.append((await post(bot, world, "Hello")).id)
        clock.moment += timedelta(seconds=1)
    assert discord.utils.snowflake_time(seen[0]) == FixedClock().moment
    assert seen[0] < seen[1]


async def test_a_clock_set_back_does_not_move_the_world_back():
    clock = FixedClock()
    async with world_of(SmallBot()) as (env, _):
        await catch_up(env, clock)
        clock.moment -= timedelta(hours=1)
        await catch_up(env, clock)
        assert env.now() == clock.moment + timedelta(hours=1)


async def test_a_finished_job_is_shown_at_once():
    bot = SmallBot()
    bot.go_on.set()
    async with opened(bot, pace=60) as (world, page, browser):
        await post(bot, world, "four pictures")
        await page.on_edit("done")

        async def shown() -> bool:
            return "four pictures" in str(await browser.state())

        await until(shown)


async def test_progress_waits_for_its_pace():
    bot = SmallBot()
    bot.go_on.set()
    async with opened(bot, pace=0.2) as (world, page, browser):
        await post(bot, world, "step 3")
        before = (await browser.state())["publishedRevision"]
        for _ in range(20):
            await page.on_edit("progress")
        assert (await browser.state())["publishedRevision"] == before

        async def shown() -> bool:
            return "step 3" in str(await browser.state())

        await until(shown)
        assert (await browser.state())["publishedRevision"] == before + 1


async def test_a_page_without_news_stays_as_it_is():
    bot = SmallBot()
    async with opened(bot, pace=0.01) as (_, page, browser):
        before = (await browser.state())["publishedRevision"]
        start = page.env.now()
        await until(lambda: page.env.now() > start)
        page.clock.moment += timedelta(minutes=1)
        await until(lambda: page.env.now() == page.clock.moment)
        assert (await browser.state())["publishedRevision"] == before


async def test_an_action_during_a_refresh_waits_for_it():
    bot = SmallBot()
    async with opened(bot, pace=60) as (world, page, browser):
        await post(bot, world, "busy")
        await page.on_edit("done")
        await until(page._turn.locked)
        action = asyncio.create_task(browser.act("refresh"))
        await asyncio.wait([action], timeout=0.2)
        assert not action.done()
        bot.go_on.set()
        assert (await action)["settlement"] == "settled"


async def test_a_taken_port_is_one_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with world_of(SmallBot()) as (env, world):
            with pytest.raises(PortInUse) as error:
                async with preview_on(env, world, port):
                    pass
    assert str(error.value) == f"Port {port} is in use; set another [local] port in config.toml."


async def test_the_database_of_a_discord_server_is_left_alone(studio: Studio):
    """A host who forgets the token would have every message of that server forgotten."""
    message = await studio.finished()
    with pytest.raises(NotOurs):
        async with open_local(SmallBot(), studio.services):
            pass
    job = await studio.job()
    assert (job.message_id, job.delivered_at is None) == (message.id, False)


async def test_only_the_moderator_can_see_the_moderators_part():
    async with world_of(SmallBot()) as (env, world):
        powers = {
            viewer.name: discord.Permissions(
                env.backend.compute_permissions(world.channel.guild.id, viewer.id)
            ).manage_messages
            for viewer in world.viewers
        }
    assert powers == {"member": False, "friend": False, "moderator": True}


async def finished_job(services: Services, clock: FixedClock, channel_id: int, n: int) -> None:
    """A job of an earlier run, delivered into a channel that is gone."""
    worker = Worker(services, clock)
    await worker.start()
    await accepted(services, 1)
    origin = Origin(user_id=1, guild_id=None, channel_id=channel_id, request_id=f"earlier {n}")
    request = Request(Operation.text_to_image, f"cube number {n}")
    job = (await submit(services, request, origin)).job
    await worker.work(picture=painted())
    async with services.database.write() as session:
        await jobs.set_message(session, job.id, channel_id, 10_000 + n)
        await jobs.mark_delivered(session, job.id, clock())


async def test_the_newest_results_are_shown_again_after_every_start(
    services: Services, clock: FixedClock, capsys: pytest.CaptureFixture[str]
):
    local = LocalConfig(port=free_port())
    services = replace(services, config=replace(services.config, local=local))
    channel = World(Env(SmallBot())).channel
    for n in range(12):
        await finished_job(services, clock, channel.id, n)
    clock.advance(60)
    for _ in range(2):
        async with (
            open_local(FiveSquares(services), services) as serve,
            aiohttp.ClientSession() as http,
        ):
            serving = asyncio.create_task(serve())
            browser = Browser(http, await address(capsys))
            await browser.open()

            async def all_there(browser: Browser = browser) -> bool:
                messages = (await browser.state())["messages"]
                return len(messages) == SHOWN_AGAIN and "cube number 11" in str(messages)

            await until(all_there)
            shown = list((await browser.state())["messages"].values())
            serving.cancel()
            await asyncio.wait([serving])
        assert [len(message["attachments"]) for message in shown] == [4] * SHOWN_AGAIN
        assert all(f"cube number {n}" in str(message) for n, message in enumerate(shown, 2))
