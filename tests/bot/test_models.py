"""Every command and button on each kind of model: the real worker draws for the real bot.

What a model can't serve is nowhere to be found, and the help says why.
"""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from discord import AppCommandType
from PIL import Image as Pillow
from simcord.results import InteractionResult

from bot.presenters.guide import FROM_A_PICTURE
from bot.services import Services
from config import Config
from db import images, lanes
from db.tables import Operation, State
from inference.backends.backend import Backend
from inference.worker import Worker
from tests.bot.studio import (
    Said,
    Studio,
    answer_of,
    buttons_of,
    painted,
    pictures_of,
    selects_of,
    text_of,
)
from tests.inference.backends.conftest import KINDS, Kind
from tests.inference.conftest import folders

__all__ = ["folders"]

pytestmark = pytest.mark.slow

VARIATION = Operation.variation
UPLOAD = ("photo.png", painted(48, "green"))
MENUS = {
    Operation.variation: "Variations",
    Operation.inpaint: "Edit this picture",
    Operation.outpaint: "Extend this picture",
}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


@pytest.fixture
def services(services: Services, tmp_path: Path, folders: dict[str, Path], kind: Kind) -> Services:
    """As a host has them who named the folder of that model."""
    config = Config(data_dir=tmp_path, model=str(folders[kind.name]))
    return Services(config, services.database, services.store, services.policy, services.clock)


@pytest.fixture
def backend(folders: dict[str, Path], kind: Kind) -> Backend:
    return kind.load(folders[kind.name])


@dataclass
class Walk:
    """A member's way through a model; each step is drawn before the next."""

    studio: Studio
    worker: Worker
    backend: Backend
    steps: int = 0

    async def begin(self) -> None:
        """The worker says what its model can do, and the bot hears of it."""
        lane = self.studio.services.config.model
        async with self.studio.services.database.write() as session:
            await lanes.register(session, lane, self.backend.card.told())
        await self.studio.bot.offer.follow_once()

    def serves(self, operation: Operation) -> bool:
        return operation in self.backend.card.operations

    async def slash(self, name: str, **options: Any) -> None:
        await self.studio.alice.slash(self.studio.channel, name, **options)

    async def menu(self, operation: Operation, message: Said) -> Said:
        used = await self.studio.alice.context_menu(self.studio.channel, MENUS[operation], message)
        return answer_of(used)

    async def click(self, message: Said, label: str) -> InteractionResult:
        return await self.studio.alice.click(message, label=label)

    async def alone(self, message: Said) -> Said:
        [single] = (await self.click(message, "U1")).followups
        return single

    async def paint(self, button: Said, label: str) -> None:
        """From the button of an edit to its confirmation."""
        form = await self.click(button, label)
        shown = await self.studio.alice.submit_modal(form, {"prompt": "a blue ball"})
        await self.mark(shown.response)

    async def mark(self, panel: Said) -> None:
        await self.click(panel, "⏺️")
        await self.click(panel, "Paint it · 1🪙")

    async def drawn(self, operation: Operation, wide: float = 1) -> Said:
        """The message of the step's job, with its pictures, when the worker has drawn them."""
        self.steps += 1
        assert await self.worker.work_once() == 1
        await self.studio.delivery.deliver_once()
        job = await self.studio.job(self.steps)
        assert (job.operation, job.state) == (operation, State.succeeded), job.result
        async with self.studio.services.database.read() as session:
            found = await images.of_job(session, job.id)
        side = self.backend.card.size
        for image in found:
            assert image.height == side and abs(image.width - side * wide) <= 1
            file = await self.studio.services.store.get(image.signed_key or "")
            assert Pillow.open(io.BytesIO(file)).size == (image.width, image.height)
        message = self.studio.message(job.message_id or 0)
        assert len(pictures_of(message)) == job.params["images"] == len(found)
        assert any(b.startswith("V1") for b in buttons_of(message)) == self.serves(VARIATION)
        return message


@pytest.fixture
async def walk(studio: Studio, backend: Backend) -> Walk:
    services = studio.services
    worker = Worker(services.config, services.database, services.store, backend)
    walk = Walk(studio, worker, backend)
    await walk.begin()
    return walk


async def test_what_is_not_served_is_not_offered_and_the_help_says_why(walk: Walk) -> None:
    studio, missing = walk.studio, walk.backend.card.missing
    names = studio.alice.available_commands(studio.channel)
    menus = [menu.name for menu in studio.bot.tree.get_commands(type=AppCommandType.message)]
    topics = {}
    for topic in ("start", "pictures", "model"):
        told = await studio.alice.slash(studio.channel, "help", topic=topic)
        topics[topic] = text_of(told.response)
    for operation, (name, _) in FROM_A_PICTURE.items():
        served = operation not in missing
        assert (name[1:] in names) == served
        assert (name in topics["start"]) == (name in topics["pictures"]) == served
        assert (name in topics["model"]) != served
        assert (MENUS.get(operation) in menus) == (served and operation in MENUS)
        assert missing.get(operation, "") in topics["model"]


async def test_every_command_and_button(walk: Walk) -> None:
    await walk.slash("imagine", prompt="a red cube", images=2)
    first = await walk.drawn(Operation.text_to_image)
    await walk.click(first, "1🪙")  # 🔄
    await walk.drawn(Operation.text_to_image)
    form = await walk.click(first, "Edit prompt · 1🪙")
    await walk.studio.alice.submit_modal(form, {"prompt": "a blue ball"})
    await walk.drawn(Operation.text_to_image)
    single = await walk.alone(first)
    labels = buttons_of(single)
    assert ("Variations · 1🪙" in labels) == walk.serves(VARIATION)
    assert ("🖌️ Edit area" in labels) == walk.serves(Operation.inpaint)
    assert ("↔️ Extend · 1🪙" in selects_of(single)) == walk.serves(Operation.outpaint)
    for operation, follow in WAYS.items():
        if walk.serves(operation):
            await follow(walk, first, single)
    await keeping(walk, first, single)


async def keeping(walk: Walk, first: Said, single: Said) -> None:
    """What needs no model, beside pictures that this one made."""
    alice, name = walk.studio.alice, Path(walk.studio.services.config.model).name
    info = await alice.click(first, custom_id="info:1")
    assert f"model `{name}`" in text_of(info.response)
    original = await walk.click(single, "Original")
    assert len(answer_of(original).attachments) == 1
    await alice.click(first, custom_id="save:1")
    await walk.studio.delete(first)
    await walk.studio.sweep()
    assert first.id not in [message.id for message in walk.studio.channel.history()]


async def variations(walk: Walk, first: Said, single: Said) -> None:
    await walk.slash("variations", image=UPLOAD)
    varied = await walk.drawn(VARIATION)
    await walk.click(varied, "V3 · 1🪙")
    await walk.drawn(VARIATION)
    await walk.click(single, "Variations · 1🪙")
    await walk.drawn(VARIATION)
    await walk.click(await walk.menu(VARIATION, first), "Variations 2 · 1🪙")
    await walk.drawn(VARIATION)


async def edits(walk: Walk, first: Said, single: Said) -> None:
    edit = await walk.studio.alice.slash(
        walk.studio.channel, "edit", prompt="a blue ball", earlier="1-1"
    )
    await walk.mark(edit.response)
    await walk.drawn(Operation.inpaint)
    await walk.paint(single, "Edit area")
    await walk.drawn(Operation.inpaint)
    await walk.paint(await walk.menu(Operation.inpaint, first), "Edit area 2")
    await walk.drawn(Operation.inpaint)


async def extensions(walk: Walk, first: Said, single: Said) -> None:
    await walk.slash("outpaint", direction="right", earlier="1-1", prompt="a red cube")
    extended = await walk.drawn(Operation.outpaint, wide=1.5)
    await walk.click(await walk.alone(extended), "Original")
    await walk.studio.alice.select(single, ["16:9"])
    await walk.drawn(Operation.outpaint, wide=16 / 9)


async def blends(walk: Walk, first: Said, single: Said) -> None:
    await walk.slash("blend", image1=UPLOAD, earlier2="1-2")
    await walk.drawn(Operation.interpolate)


async def remixes(walk: Walk, first: Said, single: Said) -> None:
    await walk.slash("remix", earlier="1-1", to="a blue ball", **{"from": "a red cube"})
    await walk.drawn(Operation.text_diff)


WAYS = {
    VARIATION: variations,
    Operation.inpaint: edits,
    Operation.outpaint: extensions,
    Operation.interpolate: blends,
    Operation.text_diff: remixes,
}
