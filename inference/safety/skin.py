"""A coarse net that needs no model: how much of a picture is bare skin, faces left aside.

It goes by colour alone and takes a ginger cat for skin, so it is weak: it refuses only together
with the prompt. A classifier of the host's choice sees more. Knows not what becomes of a find.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image

from inference.safety.faces import Cascades
from inference.safety.measure import Measure

SIDE = 256
LOW, HIGH = (60, 135, 80), (255, 175, 125)
"""Y, Cr and Cb of skin, light or dark (after Chai and Ngan 1999, "Face segmentation")."""
FLAT = 1.0
"""Drawn areas of one colour are no skin: skin's grey levels deviate by more nearby."""
MUCH = 0.7
"""The share of skin, in one piece, that scores 1."""


class Skin:
    """Bare skin by its colour."""

    name = "skin"

    def __init__(self, faces: Cascades) -> None:
        self._faces = faces

    def __call__(self, pictures: Sequence[Image.Image]) -> list[list[Measure]]:
        """One measure a picture."""
        scores = map(self._score, pictures)
        return [[Measure(self.name, "sexual", score, weak=True)] for score in scores]

    def _score(self, picture: Image.Image) -> float:
        small = picture.convert("RGB")
        small.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
        skin = _skin(np.asarray(small))
        if _largest(skin) < MUCH / 2:
            return 0.0
        for x, y, width, height in self._faces.boxes(small):  # with the neck below it
            skin[y : y + height * 3 // 2, x : x + width] = 0
        return min(1.0, _largest(skin) / MUCH)


def _skin(pixels: np.ndarray) -> np.ndarray:
    """1 where the colour is that of skin and the area is not flat."""
    coloured = cv2.inRange(cv2.cvtColor(pixels, cv2.COLOR_RGB2YCrCb), LOW, HIGH) > 0
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    mean, square = cv2.blur(grey, (9, 9)), cv2.blur(grey * grey, (9, 9))
    rough = np.sqrt(np.maximum(square - mean * mean, 0)) > FLAT
    return (coloured & rough).astype(np.uint8)


def _largest(skin: np.ndarray) -> float:
    """The share of the picture that its largest piece takes."""
    _, _, pieces, _ = cv2.connectedComponentsWithStats(skin, connectivity=8)
    return float(pieces[1:, cv2.CC_STAT_AREA].max(initial=0)) / skin.size
