"""Local mode: a Discord of one channel in memory, shown in a browser, with the real bot in it.

For trying Five Squares without a token. Knows nothing of commands, jobs or pictures: it
holds the world, shows it, and keeps the simulation's clock at the real time.
"""

import asyncio
import errno
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import discord
from simcord import Env, Preview, SetupError

from bot.client import FiveSquares
from bot.delivery import Delivery
from bot.moderation.desk import Desk
from bot.post import Post
from bot.services import Services
from bot.supervisor import together
from bot.sweeper import Sweeper
from db import jobs
from db.engine import Clock
from db.errors import FiveSquaresError

log = logging.getLogger(__name__)

SETTLED = 60.0
"""Seconds that an answer may take, such as charts drawn beside a worker on the same processor."""
SHOWN_AGAIN = 10
"""How many of the newest finished jobs are posted again into the new, empty channel."""


class NotOurs(FiveSquaresError):
    """This database belongs to a Discord server. Set DISCORD_TOKEN; to try something out, set \
another data_dir in config.toml."""


class PortInUse(Exception):
    """The page can't be opened, because its port can't be had."""


class World:
    """One guild, one channel and three members.

    Made in a fixed order before the bot starts, so that every id is the same in every run
    and members keep their wallets.
    """

    def __init__(self, env: Env) -> None:
        env.backend.bot_user.name = "Five Squares"
        guild = self.guild = env.create_guild("Five Squares")
        self.channel = guild.create_text_channel("studio")
        member = guild.add_member(env.create_user("member"))
        friend = guild.add_member(env.create_user("friend"))
        powers = discord.Permissions(manage_messages=True, moderate_members=True, manage_guild=True)
        role = guild.create_role("Moderators", permissions=powers)
        moderator = guild.add_member(env.create_user("moderator"), roles=[role])
        self.viewers = (member, friend, moderator)


class Page:
    """Brings the bot's edits to the browser.

    A refresh makes a click on the older page stale, so there is one at once when a job is
    new or done, and otherwise one every `pace` seconds at most, if anything changed.
    Actions in the browser and refreshes take turns: the simulation refuses an action that
    falls into a refresh, and the page would wait for its answer for ever.
    """

    def __init__(self, env: Env, preview: Preview, clock: Clock, pace: float = 5) -> None:
        self.env = env
        self.preview = preview
        self.clock = clock
        self.pace = pace
        self._changed = False
        self._urgent = asyncio.Event()
        self._turn = asyncio.Lock()
        self._action = preview._action
        preview._action = self._act  # type: ignore[method-assign]

    async def on_edit(self, what: str) -> None:
        """Takes note of an edit: "queued", "progress" or "done". Returns at once."""
        self._changed = True
        if what != "progress":
            self._urgent.set()

    async def run(self) -> None:
        """Shows edits, and keeps the world's clock, until cancelled."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._urgent.wait(), self.pace)
            self._urgent.clear()
            try:
                await self._show()
            except TimeoutError as error:
                log.warning("the page is late: %s", error)

    async def _act(self, context_id: str | None, body: Mapping[str, Any]) -> dict[str, Any]:
        async with self._turn:
            return await self._action(context_id, body)

    async def _show(self) -> None:
        """Sets the clock and shows what changed. Raises TimeoutError while the bot is busy."""
        async with self._turn:
            await catch_up(self.env, self.clock)
            if self._changed:
                self._changed = False
                await self.preview.refresh()
            # The simulation's record of all requests would grow for ever.
            self.env.backend.transcript.clear()
            self.env.backend.http_requests.clear()


async def catch_up(env: Env, clock: Clock) -> None:
    """Moves the world's clock, which stands still by itself, to the real time.

    Ids follow that clock: this keeps those of messages and clicks new in every run.
    """
    late = (clock() - env.now()).total_seconds()
    await env.advance_time(max(0.0, late))


@asynccontextmanager
async def open_local(
    bot: FiveSquares, services: Services
) -> AsyncIterator[Callable[[], Coroutine[Any, Any, None]]]:
    """Starts the bot in its world, opens the page, and gives what serves it until it is closed.

    Raises PortInUse, or NotOurs before it forgets any message.
    """
    env = Env(bot, settle_timeout=SETTLED)
    world = World(env)
    async with services.database.read() as session:
        if await jobs.any_elsewhere(session, world.guild.id):
            raise NotOurs
    await env.start()
    try:
        with env.time_context():
            await catch_up(env, services.clock)
            async with preview_on(env, world, services.config.local.port) as preview:
                host = world.viewers[-1].id  # the moderator
                yield partial(_serve, bot, services, env, preview, host)
    finally:
        await env.shutdown()


@asynccontextmanager
async def preview_on(env: Env, world: World, port: int) -> AsyncIterator[Preview]:
    """The page of the world's channel, open on the port."""
    try:
        async with env.preview(
            world.channel, viewers=world.viewers, layout="channel", port=port
        ) as preview:
            yield preview
    except SetupError as error:
        if not isinstance(error.__cause__, OSError):
            raise
        taken = error.__cause__.errno == errno.EADDRINUSE
        reason = "is in use" if taken else f"can't be opened ({error.__cause__.strerror})"
        raise PortInUse(
            f"Port {port} {reason}; set another [local] port in config.toml."
        ) from error


async def _serve(
    bot: FiveSquares, services: Services, env: Env, preview: Preview, host: int
) -> None:
    """Delivers and shows until the session is ended in the browser."""
    async with services.database.write() as session:
        await jobs.forget_messages(session, SHOWN_AGAIN)
    page = Page(env, preview, services.clock)
    delivery = Delivery(bot, services, page.on_edit)
    print(f"Five Squares is open at {preview.url}", flush=True)
    desk, post = Desk(bot, services), Post(bot, services, [host])
    offer = bot.offer.run(partial(page.on_edit, "done"))
    beside = (desk.run(), post.run(), Sweeper(bot, services).run(), offer)
    await together(page.run(), delivery.run(), *beside, preview.wait_closed())
