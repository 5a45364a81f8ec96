"""A host changes the model twice, and members go on from the pictures of the one before.

In a real browser, with `python -m bot` and its worker, on tiny models saved to folders.
"""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect, sync_playwright

from benchmarks import weights
from inference.model import Model, save_model
from tests.test_browser import CHROMIUM, MADE, ROOT, imagine, press

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium is installed: apt install chromium"),
]
SIDES = {"mini": 256, "karlo": 128, "auto": 64}


@pytest.fixture
def home(tmp_path: Path, model: Model) -> Path:
    """Where the bot runs, with the models beside it."""
    save_model(model, tmp_path / "mini")
    for name in ("karlo", "auto"):
        weights.save(name, tmp_path / name)
    return tmp_path


@contextmanager
def running(home: Path, model: str) -> Iterator[Page]:
    """The local page of a bot with that model."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    (home / "config.toml").write_text(f'model = "./{model}"\n[local]\nport = {port}\n')
    kept = ("DISCORD_TOKEN", "DATABASE_URL", "IMAGE_STORE")
    environ = {name: value for name, value in os.environ.items() if name not in kept}
    command = [sys.executable, "-m", "bot"]
    told = environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=home, env=told, stdout=subprocess.PIPE, text=True) as bot:
        assert bot.stdout is not None
        try:
            found = re.fullmatch(r"Five Squares is open at (\S+)\n", bot.stdout.readline())
            assert found
            with sync_playwright() as playwright:
                chromium = playwright.chromium.launch(executable_path=CHROMIUM)
                page = chromium.new_page(viewport={"width": 626, "height": 1640})
                page.goto(found[1])
                yield page
                chromium.close()
        finally:
            bot.send_signal(signal.SIGTERM)
            assert bot.wait(10) == 0


def expect_pictures(message: Locator, count: int, model: str) -> None:
    pictures = message.locator(".gallery-image")
    expect(pictures).to_have_count(count, timeout=MADE)
    for picture in pictures.all():
        expect(picture).to_have_js_property("naturalWidth", SIDES[model], timeout=MADE)


def test_pictures_of_a_former_model_go_on_with_the_next(home: Path) -> None:
    with running(home, "mini") as page:
        messages = page.locator("#channel-message-list article")
        imagine(page, "a red cube", messages.first)
        press(messages.first.get_by_role("button", name="Accept"), messages.nth(1))
        expect_pictures(messages.nth(1), 4, "mini")
    for before, model in (("mini", "karlo"), ("karlo", "auto")):
        with running(home, model) as page:
            messages = page.locator("#channel-message-list article")
            last = messages.last
            expect(last.locator(".gallery-image").first).to_be_visible(timeout=MADE)
            count = messages.count()
            expect_pictures(messages.nth(count - 1), 4 if before == "mini" else 3, before)
            press(messages.nth(count - 1).get_by_role("button", name="V1"), messages.nth(count))
            expect_pictures(messages.nth(count), 3, model)
            if folder := os.environ.get("SEEN"):
                page.locator("#channel-layout").screenshot(path=f"{folder}/{model}.png")
