"""What the tests of the Discord front stand on: a server, its members, a worker, a clock.

Only the worker is played: it claims and finishes jobs through the same functions as the
real one, and its pictures are plain colours.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import discord
from PIL import Image as Pillow
from simcord import Env
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle, GuildHandle
from simcord.components import walk_components
from simcord.results import InteractionResult, ResponseMessage

from bot.client import FiveSquares
from bot.delivery import Delivery
from bot.layout import layout
from bot.services import Services
from bot.sweeper import Sweeper
from db import admissions, credits, images, jobs, lanes, queue
from db.tables import Job, Operation
from fingerprint import fingerprint

Said = discord.Message | ResponseMessage

CARD = {
    "size": 256,
    "operations": list(Operation),
    "vocabulary": ["a", "above", "ball", "blue", "cube", "red"],
    "ideas": ["a red cube above a blue ball", "a blue ball", "a red cube"],
}


class FixedClock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 10, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


def painted(size: int = 32, colour: str = "orange", noise: bool = False) -> bytes:
    """A PNG of one colour, or of noise, which does not compress."""
    out = io.BytesIO()
    picture = (
        Pillow.effect_noise((size, size), 90) if noise else Pillow.new("RGB", (size, size), colour)
    )
    picture.save(out, "PNG")
    return out.getvalue()


async def accepted(services: Services, *user_ids: int) -> None:
    """These members have accepted the rules before."""
    async with services.database.write() as session:
        for user_id in user_ids:
            await admissions.accept(session, user_id, services.clock())


@dataclass
class Worker:
    """The other process, played through the database."""

    services: Services
    clock: FixedClock

    async def start(self) -> None:
        async with self.services.database.write() as session:
            await lanes.register(session, "mini", CARD)
            await lanes.tend(session, "mini", self.clock())

    async def claim(self, limit: int = 8) -> list[Job]:
        async with self.services.database.write() as session:
            return await queue.claim(session, "mini", "worker", limit, 30, self.clock())

    async def progress(self, job: Job, step: int, total: int = 20) -> None:
        async with self.services.database.write() as session:
            await queue.report_progress(
                session, job.id, job.attempt, step, total, painted(8), self.clock()
            )

    async def finish(
        self,
        job: Job,
        unknown: Sequence[str] = (),
        picture: bytes | None = None,
        unread: Sequence[str] = (),
    ) -> None:
        data = picture or painted()
        width, height = Pillow.open(io.BytesIO(data)).size
        async with self.services.database.write() as session:
            for index in range(job.params["images"]):
                keys = [f"{job.id}/{index}.{kind}.png" for kind in ("master", "signed")]
                for key in keys:
                    await self.services.store.put(key, data)
                await images.add(
                    session,
                    job.id,
                    index,
                    job.params["seed"] + index,
                    width,
                    height,
                    *keys,
                    sha256(data).hexdigest(),
                    job.params["sources"],
                    self.clock(),
                    fingerprint(Pillow.open(io.BytesIO(data))),
                )
            result = {"unknown_words": list(unknown), "unread_words": list(unread)}
            assert await queue.finish(session, job.id, job.attempt, self.clock(), result)

    async def work(
        self,
        unknown: Sequence[str] = (),
        picture: bytes | None = None,
        unread: Sequence[str] = (),
    ) -> list[Job]:
        """Claims everything there is and finishes it."""
        done = []
        while claimed := await self.claim():
            for job in claimed:
                await self.finish(job, unknown, picture, unread)
            done += claimed
        return done


@dataclass
class Studio:
    """A server, its members, and all that a test steers or looks at."""

    env: Env
    bot: FiveSquares
    services: Services
    clock: FixedClock
    worker: Worker
    guild: GuildHandle
    channel: ChannelHandle
    alice: MemberActor
    bob: MemberActor
    moderator: MemberActor
    edits: list[str] = field(default_factory=list)
    expected: tuple[type[Exception], ...] = ()
    """Errors that the test brings about, beyond those that members are told."""

    def __post_init__(self) -> None:
        self.delivery = Delivery(self.bot, self.services, self.note)

    async def imagine(
        self, prompt: str = "a red cube", member: MemberActor | None = None, **options: Any
    ) -> InteractionResult:
        return await (member or self.alice).slash(self.channel, "imagine", prompt=prompt, **options)

    async def finished(self, prompt: str = "a red cube", **options: Any) -> discord.Message:
        """The message of a job from command to delivered pictures."""
        result = await self.imagine(prompt, **options)
        await self.worker.work()
        await self.delivery.deliver_once()
        return self.message(result.response.id)

    async def delete(
        self, message: Said, job_id: int = 1, member: MemberActor | None = None
    ) -> None:
        """Deletes a job's pictures and says that it is meant; the messages go with a sweep."""
        asked = await (member or self.alice).click(message, custom_id=f"del:{job_id}")
        await (member or self.alice).click(answer_of(asked), label="Delete them")

    async def sweep(self) -> None:
        """Takes away what is to go."""
        await Sweeper(self.bot, self.services).sweep_once()

    def message(self, message_id: int) -> discord.Message:
        """A message as the channel shows it now."""
        [found] = [m for m in self.channel.history() if m.id == message_id]
        return found

    async def file(self, address: str) -> bytes:
        """What lies at the address of a picture or another file of a message."""
        return await self.bot.http.get_from_cdn(address)

    async def job(self, job_id: int = 1) -> Job:
        async with self.services.database.read() as session:
            job = await jobs.get(session, job_id)
        assert job is not None
        return job

    async def balance(self, member: MemberActor | None = None) -> int:
        async with self.services.database.read() as session:
            return await credits.balance(session, (member or self.alice).id, self.clock())

    async def forge(
        self, custom_id: str, member: MemberActor | None = None, plain: bool = False
    ) -> InteractionResult:
        """Presses a button of that id which nobody is shown, or is shown no more.

        A `plain` message has content, as the shorter answers have, instead of a layout.
        """
        button: discord.ui.Button[Any] = discord.ui.Button(label="forged", custom_id=custom_id)
        view = discord.ui.View().add_item(button) if plain else layout(discord.ui.ActionRow(button))
        channel = self.bot.get_partial_messageable(self.channel.id)
        with self.env.time_context():
            message = await channel.send(view=view)
        return await (member or self.alice).click(message, custom_id=custom_id)

    async def restart(self) -> None:
        """Ends the bot and starts another on the same services."""
        self.bot = FiveSquares(self.services)
        await self.env.restart_bot(self.bot)
        self.delivery = Delivery(self.bot, self.services, self.note)

    async def note(self, what: str) -> None:
        self.edits.append(what)


def answer_of(result: InteractionResult) -> ResponseMessage:
    """The last that was said in answer, also where one had to wait for it."""
    return [m for m in (result.response, *result.followups) if m is not None][-1]


def text_of(message: Said) -> str:
    """All the words of a message, whichever kind it is."""
    shown = [c["content"] for c in walk(message) if c["type"] == 10]
    return "\n".join([message.content, *shown]).strip()


def buttons_of(message: Said) -> list[str]:
    """The emoji and labels of a message's buttons, row by row."""
    buttons = [c for c in walk(message) if c["type"] == 2]
    shown = [((b.get("emoji") or {}).get("name"), b.get("label")) for b in buttons]
    return [" ".join(filter(None, pair)) for pair in shown]


ALONE = ["Variations · 1🪙", "🖌️ Edit area", "⬇️ Original", "⭐", "🗑️"]
"""The buttons below one picture."""


def grid(count: int) -> list[str]:
    """The buttons below so many pictures."""
    numbers = range(1, count + 1)
    first = [*(f"U{n}" for n in numbers), "🔄 1🪙"]
    second = [*(f"V{n} · 1🪙" for n in numbers), "🗑️"]
    return [*first, *second, "✏️ Edit prompt · 1🪙", "ℹ️ Info", "💌 Save"]


def pictures_of(message: Said) -> list[str]:
    """The addresses of the pictures in a message's gallery."""
    galleries = [c for c in walk(message) if c["type"] == 12]
    return [item["media"]["url"] for gallery in galleries for item in gallery["items"]]


def alt_texts_of(message: Said) -> list[str]:
    """What a screen reader says of the pictures in a message's gallery."""
    galleries = [c for c in walk(message) if c["type"] == 12]
    return [item["description"] for gallery in galleries for item in gallery["items"]]


def walk(message: Said) -> list[dict[str, Any]]:
    """All components of a message, also those within others."""
    if isinstance(message, ResponseMessage):
        return list(walk_components(message.components))
    return list(walk_components([component.to_dict() for component in message.components]))


def selects_of(message: Said) -> list[str]:
    """What a message's menus say before something is chosen."""
    return [c["placeholder"] for c in walk(message) if c["type"] == 3]
