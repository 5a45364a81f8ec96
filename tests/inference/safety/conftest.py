"""Photographs that libraries of ours ship, and drawn pictures: no network, no one's picture."""

import io
from pathlib import Path

import pytest
from matplotlib.cbook import get_sample_data
from PIL import Image

from inference.safety.faces import Cascades

SHEET = Path(__file__).parents[3] / "docs/pictures/sheet.png"
"""Forty pictures by the built-in model, ten rows of four."""


def photograph() -> Image.Image:
    """A portrait of Grace Hopper by the U.S. Navy, in the public domain."""
    with get_sample_data("grace_hopper.jpg") as file:
        return Image.open(io.BytesIO(file.read())).convert("RGB")


@pytest.fixture(scope="session")
def portrait() -> Image.Image:
    return photograph()


@pytest.fixture(scope="session")
def cascades() -> Cascades:
    return Cascades()


@pytest.fixture(scope="session")
def drawn() -> list[Image.Image]:
    with Image.open(SHEET) as sheet:
        whole = sheet.convert("RGB")
    places = [
        (left + 160 * n, 30 + 199 * row) for left in (8, 672) for row in range(5) for n in range(4)
    ]
    return [whole.crop((x, y, x + 160, y + 160)).resize((256, 256)) for x, y in places]
