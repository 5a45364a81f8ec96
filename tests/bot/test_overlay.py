"""Regions as they are shown."""

import io

import numpy as np
from PIL import Image

from bot.overlay import SHOWN_SIDE, TINT, cells_mask, marked


def test_a_region_of_the_largest_picture_is_tinted_within_a_white_line() -> None:
    picture = Image.new("RGB", (3072, 1536), "black")
    shown = Image.open(io.BytesIO(marked(picture, cells_mask(picture.size, 1 << 4), grid=False)))
    assert shown.size == (SHOWN_SIDE, SHOWN_SIDE // 2)
    along = np.asarray(shown.convert("RGB")).astype(int)[SHOWN_SIDE // 4]
    edge = SHOWN_SIDE // 3
    assert along[edge - 8].max() < 30
    assert along[edge - 1 : edge + 4].min(axis=1).max() > 200
    assert abs(along[SHOWN_SIDE // 2] - [0.55 * part for part in TINT]).max() < 30
