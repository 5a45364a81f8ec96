"""The page where a region is painted: its link, what it takes, and a real browser that paints."""

import io
import os
import stat
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from PIL import Image as Pillow
from playwright.async_api import CDPSession, async_playwright, expect

from bot.judge import Origin
from bot.request import Request
from bot.services import Services
from bot.submit import Submitted, submit
from bot.web import painting
from bot.web.links import KEY_FILE, LinkDead, Links, open_links
from bot.web.server import NoAddress, application, listening
from config import Config, WebConfig
from db import credits, edits, images, jobs
from db.tables import Edit, Operation
from tests.bot.studio import FixedClock, Worker, accepted, painted
from tests.browser import CHROMIUM, NEEDS_CHROMIUM

MEMBER, GUILD, CHANNEL = 5, 6, 7


@pytest.fixture
def links() -> Links:
    return Links("https://art.example.org", b"k" * 32)


@pytest.fixture
async def page(
    services: Services, clock: FixedClock, links: Links
) -> AsyncIterator[tuple[TestClient, str, Services]]:
    """A server, and the path of a link to an edit of a picture of the member."""
    services = replace(services, links=links)
    worker = Worker(services, clock)
    await worker.start()
    await accepted(services, MEMBER)
    origin = Origin(MEMBER, GUILD, CHANNEL, "first")
    await submit(services, Request(Operation.text_to_image, "a red cube", 1), origin)
    await worker.work(picture=painted(256))
    async with services.database.write() as session:
        new = Edit(
            user_id=MEMBER,
            guild_id=GUILD,
            channel_id=CHANNEL,
            role_ids=[],
            image_id=1,
            prompt="a <b>ball</b> & a cube",
            created_at=clock(),
        )
        edit = await edits.begin(session, new)
    url = links.make("paint", edit.id, edit.created_at + edits.LIFETIME)
    async with TestClient(TestServer(application(services))) as client:
        yield client, url.removeprefix(links.public_url), services


def mask(marked: bool = True, size: tuple[int, int] = (32, 32)) -> bytes:
    picture = Pillow.new("L", size, 0)
    if marked:
        picture.paste(255, (0, 0, 16, 16))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


async def balance(services: Services) -> int:
    async with services.database.read() as session:
        return await credits.balance(session, MEMBER, services.clock())


async def test_from_the_link_to_the_job(page: tuple[TestClient, str, Services]) -> None:
    client, path, services = page
    for _ in range(2):  # a reload
        answer = await client.get(path)
        text = await answer.text()
        assert answer.status == 200 and "a &lt;b&gt;ball&lt;/b&gt; &amp; a cube" in text
        assert "Costs 1 credit" in text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert (await client.get(f"{path}/picture")).content_type == "image/png"
    assert (await client.post(f"{path}/mask", data=mask())).status == 204
    assert (await client.get(f"{path}/preview")).content_type == "image/webp"
    assert await balance(services) == 49

    done = await client.post(f"{path}/confirm")
    assert done.status == 200 and "on its way" in await done.text()
    async with services.database.read() as session:
        job = await jobs.get(session, 2)
        assert job is not None
        kept = await images.get(session, job.params["mask"])
    assert (job.user_id, job.channel_id, job.operation) == (MEMBER, CHANNEL, Operation.inpaint)
    assert kept is not None and kept.brought_by == MEMBER
    assert await balance(services) == 48

    again = await client.post(f"{path}/confirm")
    reopened = await client.get(path)
    assert (again.status, reopened.status) == (410, 410)
    assert "can&#39;t be used twice" in await reopened.text()
    assert await balance(services) == 48


async def test_it_is_asked_for_as_where_it_was_begun(
    page: tuple[TestClient, str, Services], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a word that the server allows there would be refused on the page."""
    client, path, services = page
    async with services.database.write() as session:
        edit = await session.get_one(Edit, 1)
        edit.above_id, edit.manages, edit.command, edit.role_ids = 8, True, "edit", [9]
    asked: list[Origin] = []

    async def hear(services: Services, request: Request, origin: Origin) -> Submitted:
        asked.append(origin)
        return await submit(services, request, origin)

    monkeypatch.setattr(painting, "submit", hear)
    await client.post(f"{path}/mask", data=mask())
    assert (await client.post(f"{path}/confirm")).status == 200
    [origin] = asked
    assert (origin.above_id, origin.manages, origin.command) == (8, True, "edit")
    assert origin.role_ids == {9} and origin.channel_id == CHANNEL


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        (mask(marked=False), 422, "marks nothing"),
        (mask(size=(64, 32)), 422, "same shape"),
        (b"<svg/>", 422, "no PNG"),
        (bytes(9 * 2**20), 413, "too large"),
    ],
)
async def test_what_is_no_mask(
    page: tuple[TestClient, str, Services], body: bytes, status: int, sentence: str
) -> None:
    client, path, services = page
    answer = await client.post(f"{path}/mask", data=io.BytesIO(body))
    assert answer.status == status and sentence in await answer.text()
    nothing = await client.post(f"{path}/confirm")
    assert nothing.status == 410 and "mark first" in await nothing.text()
    assert await balance(services) == 49


async def test_a_link_dies_of_age(
    page: tuple[TestClient, str, Services], clock: FixedClock
) -> None:
    client, path, _ = page
    clock.advance(edits.LIFETIME.total_seconds() + 1)
    for answer in (await client.get(path), await client.post(f"{path}/confirm")):
        assert answer.status == 410 and "not valid any more" in await answer.text()


async def test_a_link_cannot_be_turned_into_anothers(
    page: tuple[TestClient, str, Services], clock: FixedClock
) -> None:
    client, path, _ = page
    number, until, signature = path.rpartition("/")[2].split(".")
    forged = [
        f"2.{until}.{signature}", f"{number}.{int(until) + 9}.{signature}", f"{number}.{until}.",
        "1", "1.2.é", "a.b.c",
    ]  # fmt: skip
    for token in forged:
        assert (await client.get(f"/paint/{token}")).status == 410
    assert (await client.get("/pages/../page.py")).status == 404


async def test_an_edit_of_a_picture_that_is_gone(page: tuple[TestClient, str, Services]) -> None:
    client, path, services = page
    await client.post(f"{path}/mask", data=mask())
    async with services.database.write() as session:
        await images.delete(session, 1, services.clock())
    for answer in (await client.get(path), await client.post(f"{path}/confirm")):
        assert answer.status == 410 and "picture was deleted" in await answer.text()
    assert await balance(services) == 49


async def test_a_link_of_another_installation(page: tuple[TestClient, str, Services]) -> None:
    """Signed with another key: as good as forged."""
    client, path, _ = page
    edit, until = path.rpartition("/")[2].split(".")[:2]
    other = Links("https://art.example.org", b"x" * 32)
    url = other.make("paint", int(edit), datetime.fromtimestamp(int(until), UTC))
    assert (await client.get(url.removeprefix(other.public_url))).status == 410


def test_a_link_is_for_one_kind_of_page(links: Links, clock: FixedClock) -> None:
    url = links.make("paint", 3, clock() + timedelta(minutes=1))
    token = url.rpartition("/")[2]
    assert links.read("paint", token, clock()) == 3
    with pytest.raises(LinkDead):
        links.read("export", token, clock())


def test_the_key_is_made_once_and_its_owners_alone(tmp_path: Path) -> None:
    web = WebConfig("127.0.0.1:1", "https://art.example.org/")
    config = Config(data_dir=tmp_path, web=web)
    first, second = open_links(config), open_links(config)
    assert first == second and first is not None and len(first.key) == 32
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert first.key.hex() not in repr(first)
    assert open_links(Config(data_dir=tmp_path)) is None


async def test_a_taken_address_is_one_sentence(services: Services) -> None:
    async with TestServer(application(services)) as taken:
        address = f"127.0.0.1:{taken.port}"
        with pytest.raises(NoAddress, match=f"can't listen on {address}"):
            async with listening(application(services), address):
                pass


PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}
LEAST_CONTRAST = """() => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map((v) => v / 255)
      .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const colour = getComputedStyle(node).backgroundColor;
      if (colour !== "rgba(0, 0, 0, 0)") return colour;
    }
  };
  const ratios = [...document.querySelectorAll("h1, p, span, button, label, output, strong")]
    .filter((node) => node.offsetWidth && node.innerText.trim())
    .map((node) => [light(getComputedStyle(node).color), light(ground(node))].sort())
    .map(([dark, bright]) => (Math.max(dark, bright) + 0.05) / (Math.min(dark, bright) + 0.05));
  return Math.min(...ratios);
}"""


async def draw(touch: CDPSession, points: list[tuple[float, float]]) -> None:
    """One finger, from the first point to the last; a tap right after it only ends its fling."""
    for name, (x, y) in zip(["touchStart"] + ["touchMove"] * len(points), points, strict=False):
        point = {"type": name, "touchPoints": [{"x": x, "y": y}]}
        await touch.send("Input.dispatchTouchEvent", point)
    await touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


@pytest.mark.slow
@NEEDS_CHROMIUM
async def test_painting_on_a_phone(page: tuple[TestClient, str, Services], tmp_path: Path) -> None:
    """Draw, undo, reload, a box by keyboard, preview, confirm, on a page 390 pixels wide."""
    client, path, services = page
    folder = Path(os.environ.get("PICTURES", tmp_path))
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM)
        tab = await chromium.new_page(**PHONE)
        await tab.goto(str(client.make_url(path)))
        assert await tab.evaluate(LEAST_CONTRAST) >= 4.5
        canvas, status = tab.locator("#mask"), tab.locator("#status")
        await expect(status).to_have_text("Nothing is marked yet.")
        assert await tab.evaluate("document.documentElement.scrollWidth") <= 390
        box = await canvas.bounding_box()
        assert box is not None
        touch = await tab.context.new_cdp_session(tab)
        await draw(touch, [(box["x"] + x, box["y"] + 50) for x in range(40, 210, 20)])
        await expect(status).to_contain_text("% of the picture is marked")
        await draw(touch, [(box["x"] + 40, box["y"] + y) for y in range(150, 300, 20)])
        await tab.get_by_role("button", name="Undo").click()
        await tab.screenshot(path=folder / "paint.png", full_page=True)
        await tab.reload()
        await expect(status).to_contain_text("% of the picture is marked")
        await tab.get_by_role("button", name="Zoom in").tap()
        assert (await canvas.bounding_box())["width"] == pytest.approx(1.5 * box["width"], abs=1)
        assert await tab.evaluate("document.documentElement.scrollWidth") <= 390
        await tab.get_by_role("button", name="Zoom out").tap()
        await tab.get_by_text("🧽 Eraser").click()
        await draw(touch, [(box["x"] + x, box["y"] + 50) for x in range(20, 130, 20)])
        await tab.get_by_text("⬚ Box").click()
        await draw(touch, [(box["x"] + 250, box["y"] + 250), (box["x"] + 340, box["y"] + 340)])
        await tab.screenshot(path=folder / "paint-tools.png", full_page=True)
        for _ in range(3):
            await tab.get_by_role("button", name="Undo").click()
        await expect(status).to_have_text("Nothing is marked yet.")
        await expect(tab.get_by_role("button", name="Preview")).to_be_disabled()

        await canvas.focus()
        await tab.keyboard.press("r")
        await tab.keyboard.press("Space")
        for _ in range(10):
            await tab.keyboard.press("ArrowRight")
            await tab.keyboard.press("ArrowDown")
        await tab.keyboard.press("Space")
        await expect(status).to_contain_text("4 % of the picture is marked")
        await tab.get_by_role("button", name="Preview").click()
        await expect(tab.locator("#checked")).to_have_js_property("naturalWidth", 256)
        await tab.screenshot(path=folder / "paint-check.png")
        assert await balance(services) == 49
        await tab.get_by_role("button", name="Paint it").click()
        await expect(tab.locator("#said")).to_contain_text("on its way")
        await chromium.close()
    assert await balance(services) == 48
