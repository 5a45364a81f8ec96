"""The first thing a newcomer does, in a real browser: /imagine, four pictures, V2.

The bot starts in an empty folder. With PICTURES set to a folder this also takes the picture
that the README shows.
"""

import os
from pathlib import Path

import pytest

from tests.browser import MESSAGES, NEEDS_CHROMIUM, expect_pictures, imagine, press, running
from tests.program import ROOT

PROMPT = "a large yellow star above a purple house at night"
SIDE = 1024
WEIGHTS = ROOT / "inference" / "weights" / "mini" / "model.json"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not WEIGHTS.exists(), reason="no weights are trained: make weights"),
    NEEDS_CHROMIUM,
]


def test_imagine_and_vary(tmp_path: Path) -> None:
    with running(tmp_path) as page:
        rules = page.locator(MESSAGES, has_text="You own what you make")
        results = page.locator(MESSAGES, has_text=PROMPT)
        imagine(page, PROMPT, rules)
        press(rules, "Accept", results.first)
        expect_pictures(results.first, 4, SIDE)
        press(results.first, "V2", results.nth(1))
        expect_pictures(results.nth(1), 3, SIDE)
        if folder := os.environ.get("PICTURES"):
            page.reload()  # nothing half typed
            expect_pictures(results.nth(1), 3, SIDE)
            page.mouse.move(0, 0)
            page.locator("#channel-layout").screenshot(path=ROOT / folder / "local.png")
