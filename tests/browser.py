"""The local page of `python -m bot` in a real browser, and what a member does there."""

import re
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, TimeoutError, expect, sync_playwright

from tests.program import free_port, started

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
NEEDS_CHROMIUM = pytest.mark.skipif(
    not CHROMIUM, reason="no Chromium is installed: apt install chromium"
)
MESSAGES = "#channel-message-list article"
MADE = 240_000
"""Milliseconds that a busy machine may take to load the model and make the pictures."""


@contextmanager
def running(home: Path, settings: str = "") -> Iterator[Page]:
    """The page of a bot with its worker, which must end when it is told to."""
    settings += f"\n[local]\nport = {free_port()}\n"
    with started(home, settings, stderr=None) as bot:
        assert bot.stdout is not None
        try:
            line = bot.stdout.readline()
            found = re.fullmatch(r"Five Squares is open at (\S+)\n", line)
            assert found, line
            with opened(found[1]) as page:
                yield page
        finally:
            bot.send_signal(signal.SIGTERM)
            assert bot.wait(60) == 0


@contextmanager
def opened(address: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM)
        page = chromium.new_page(viewport={"width": 626, "height": 1800})
        page.goto(address)
        yield page
        chromium.close()


def imagine(page: Page, prompt: str, answer: Locator) -> None:
    """Types the command as a member would, again if the page had not taken it yet."""
    _open_form(page)
    for _ in range(10):
        with suppress(TimeoutError):
            page.get_by_label("prompt, required").fill(prompt, timeout=3000)
            page.get_by_role("button", name="Send").click(timeout=3000)
        try:
            return answer.wait_for(timeout=10_000)
        except TimeoutError:
            continue
    raise AssertionError("the command was not answered")


def _open_form(page: Page) -> None:
    """A page that only just loaded forgets what was typed first."""
    for _ in range(10):
        with suppress(TimeoutError):
            _type(page, "/imagine")
            page.keyboard.press("Enter")
            return page.get_by_label("prompt, required").wait_for(timeout=3000)
    raise AssertionError("the command was not offered")


def _type(page: Page, command: str) -> None:
    """Waits for the commands that the page then offers; /imagine is always one of them."""
    composer = page.locator("#channel-composer-input")
    composer.fill("", timeout=3000)
    composer.press_sequentially(command, timeout=3000)
    page.locator(".command-popup").get_by_text("/imagine").wait_for(timeout=3000)


def expect_offered(page: Page, command: str, offered: bool) -> None:
    """Types until the page offers the command, or offers others but not this one."""
    composer, popup = page.locator("#channel-composer-input"), page.locator(".command-popup")
    for _ in range(20):
        with suppress(TimeoutError):
            _type(page, "/")
            wanted = popup.get_by_text(f"/{command}")
            wanted.wait_for(state="visible" if offered else "detached", timeout=3000)
            if popup.get_by_text("/imagine").count():
                return composer.fill("")
    raise AssertionError(f"/{command} was {'not ' * offered}offered")


def press(message: Locator, button: str, answer: Locator) -> None:
    """Clicks until the answer is there: a click on a page that just changed is refused."""
    for _ in range(10):
        message.get_by_role("button", name=button).click()
        try:
            return answer.wait_for(timeout=10_000)
        except TimeoutError:
            continue
    raise AssertionError("no click was answered")


def expect_pictures(message: Locator, count: int, side: int) -> None:
    """Waits until the message shows so many pictures, loaded and of full size."""
    pictures = message.locator(".gallery-image")
    expect(pictures).to_have_count(count, timeout=MADE)
    for picture in pictures.all():
        expect(picture).to_have_js_property("naturalWidth", side, timeout=MADE)
