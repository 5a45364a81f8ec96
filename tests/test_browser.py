"""The first thing a newcomer does, in a real browser: /imagine, four pictures, V2.

Starts `python -m bot` with its worker in an empty folder. With PICTURES set to a folder it
also takes the picture that the README shows.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, TimeoutError, expect, sync_playwright

ROOT = Path(__file__).parent.parent
PROMPT = "a large yellow star above a purple house at night"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
MADE = 240_000
"""Milliseconds that a busy machine may take to load the model and make the pictures."""

WEIGHTS = ROOT / "inference" / "weights" / "mini" / "model.json"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not WEIGHTS.exists(), reason="no weights are trained: make weights"),
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium is installed: apt install chromium"),
]


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """The local page of a bot that starts with nothing and must end within 5 seconds."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    (tmp_path / "config.toml").write_text(f"[local]\nport = {port}\n")
    environ = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DISCORD_TOKEN", "DATABASE_URL", "IMAGE_STORE")
    }
    with subprocess.Popen(
        [sys.executable, "-m", "bot"],
        cwd=tmp_path,
        env=environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as bot:
        assert bot.stdout is not None
        try:
            line = bot.stdout.readline()
            found = re.fullmatch(r"Five Squares is open at (\S+)\n", line)
            assert found, line
            yield found[1]
        finally:
            bot.send_signal(signal.SIGTERM)
            assert bot.wait(5) == 0


@pytest.fixture
def page(address: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM)
        page = chromium.new_page(viewport={"width": 626, "height": 1640})
        page.goto(address)
        yield page
        chromium.close()


def imagine(page: Page, prompt: str, answer: Locator) -> None:
    """Types the command as a member would, again if the page had not taken the prompt yet."""
    page.locator("#channel-composer-input").press_sequentially("/imagine")
    page.locator(".command-popup").get_by_text("/imagine").wait_for()
    page.keyboard.press("Enter")
    for _ in range(10):
        with suppress(TimeoutError):
            page.get_by_label("prompt, required").fill(prompt, timeout=3000)
            page.get_by_role("button", name="Send").click(timeout=3000)
        try:
            return answer.wait_for(timeout=10_000)
        except TimeoutError:
            continue
    raise AssertionError("the command was not answered")


def press(button: Locator, answer: Locator) -> None:
    """Clicks until the answer is there: a click on a page that just changed is refused."""
    for _ in range(10):
        button.click()
        try:
            return answer.wait_for(timeout=3000)
        except TimeoutError:
            continue
    raise AssertionError("no click was answered")


def expect_pictures(message: Locator, count: int) -> None:
    """Waits until the message shows so many pictures, loaded and of full size."""
    pictures = message.locator(".gallery-image")
    expect(pictures).to_have_count(count, timeout=MADE)
    for picture in pictures.all():
        expect(picture).to_have_js_property("naturalWidth", 256)


def test_imagine_and_vary(page: Page):
    messages = page.locator("#channel-message-list article")
    imagine(page, PROMPT, messages.first)
    expect(messages.first).to_contain_text("You own what you make")
    press(messages.first.get_by_role("button", name="Accept"), messages.nth(1))
    page.reload()  # the page forgets what it showed to its viewer alone
    expect(messages.first).to_contain_text(PROMPT)
    expect_pictures(messages.first, 4)
    press(messages.first.get_by_role("button", name="V2"), messages.nth(1))
    expect_pictures(messages.nth(1), 3)
    if folder := os.environ.get("PICTURES"):
        page.mouse.move(0, 0)
        page.locator("#channel-layout").screenshot(path=ROOT / folder / "local.png")
