"""A host changes the model twice, and members go on from the pictures of the one before.

In a real browser, on tiny models saved to folders.
"""

from pathlib import Path

import pytest

from benchmarks import weights
from inference.model import Model, save_model
from tests.browser import (
    MESSAGES,
    NEEDS_CHROMIUM,
    expect_offered,
    expect_pictures,
    imagine,
    press,
    running,
)

pytestmark = [pytest.mark.slow, NEEDS_CHROMIUM]
MINI, KARLO, AUTO = 256, 128, 64
"""The sides of their pictures."""


@pytest.fixture
def home(tmp_path: Path, model: Model) -> Path:
    """Where the bot runs, with the models beside it."""
    save_model(model, tmp_path / "mini")
    for name in ("karlo", "auto"):
        weights.save(name, tmp_path / name)
    return tmp_path


def test_pictures_of_a_former_model_go_on_with_the_next(home: Path) -> None:
    with running(home, 'model = "./mini"') as page:
        rules = page.locator(MESSAGES, has_text="You own what you make")
        first = page.locator(MESSAGES, has_text="a red cube")
        imagine(page, "a red cube", rules)
        press(rules, "Accept", first)
        expect_pictures(first, 4, MINI)
    with running(home, 'model = "./karlo"') as page:
        first = page.locator(MESSAGES).first
        variations = page.locator(MESSAGES, has_text="Variations of")
        expect_pictures(first, 4, MINI)
        press(first, "V1", variations.first)
        expect_pictures(variations.first, 3, KARLO)
        expect_offered(page, "blend", True)
        expect_offered(page, "edit", False)
    with running(home, 'model = "./auto"') as page:
        variations = page.locator(MESSAGES, has_text="Variations of")
        expect_pictures(variations.first, 3, KARLO)
        press(variations.first, "V1", variations.nth(1))
        expect_pictures(variations.nth(1), 3, AUTO)
        expect_offered(page, "blend", False)
        expect_offered(page, "edit", True)
        alone = page.locator(MESSAGES, has_text="#3-1")
        press(variations.nth(1), "U1", alone)
        press(alone, "Variations", variations.nth(3))
        expect_pictures(variations.nth(3), 3, AUTO)
