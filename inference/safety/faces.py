"""Faces of people in pictures: by the cascades that come with OpenCV, or by YuNet.

A cascade takes moons and coins for faces now and then, so each find must show an eye as well;
one without is only suspected. Knows nothing of what becomes of a find.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from inference.errors import NoWeights
from inference.safety.measure import Measure

SIDE = 512
"""Pixels of the longer side in which faces are looked for; eyes are looked for in all there are."""
TURNED_SIDE = 256
"""The same in a picture turned to a side or upside down, where only large faces matter."""
TURNS = (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270)
SMALLEST = 24
"""Pixels of the smallest face in that."""
FACES = (("haarcascade_frontalface_default.xml", 6), ("haarcascade_frontalface_alt2.xml", 3))
"""Cascades, and how many neighbours a find of each must have."""
EYES = "haarcascade_eye_tree_eyeglasses.xml"
UPPER = 0.65
"""The share of a face, from above, in which its eyes lie."""
FACE_WIDTH = 160
"""Pixels that a face is scaled to before eyes are looked for."""
CONFIRMED, SUSPECTED = 1.0, 0.5
YUNET_SURE, YUNET_UNSURE = 0.8, 0.6

Box = tuple[int, int, int, int]


class Cascades:
    """Faces seen from the front, upright or turned. Not safe for two threads at once."""

    name = "face"

    def __init__(self) -> None:
        folder = Path(cv2.__file__).parent / "data"
        self._faces = [
            (cv2.CascadeClassifier(str(folder / file)), neighbours) for file, neighbours in FACES
        ]
        self._eyes = cv2.CascadeClassifier(str(folder / EYES))

    def __call__(self, pictures: Sequence[Image.Image]) -> list[list[Measure]]:
        """One measure a picture: confirmed, suspected or none."""
        return [[Measure(self.name, "faces", self._score(picture))] for picture in pictures]

    def boxes(self, picture: Image.Image, side: int = SIDE) -> list[Box]:
        """Where faces may be, as left, top, width, height in the picture's own pixels."""
        small = picture.convert("L")
        small.thumbnail((side, side), Image.Resampling.LANCZOS)
        scale = picture.width / small.width
        grey = cv2.equalizeHist(np.asarray(small))
        found = [
            box
            for cascade, neighbours in self._faces
            for box in cascade.detectMultiScale(grey, 1.1, neighbours, minSize=(SMALLEST,) * 2)
        ]
        return [(int(x * scale), int(y * scale), int(w * scale), int(h * scale))
                for x, y, w, h in found]  # fmt: skip

    def _score(self, picture: Image.Image) -> float:
        """Of a turned picture only what is confirmed counts: much else looks like a face there."""
        grey = picture.convert("L")
        boxes = self.boxes(grey)
        if self._any_eyes(grey, boxes):
            return CONFIRMED
        for turn in TURNS:
            turned = grey.transpose(turn)
            if self._any_eyes(turned, self.boxes(turned, TURNED_SIDE)):
                return CONFIRMED
        return SUSPECTED if boxes else 0.0

    def _any_eyes(self, grey: Image.Image, boxes: Sequence[Box]) -> bool:
        return any(self._has_eyes(grey, box) for box in boxes)

    def _has_eyes(self, grey: Image.Image, box: Box) -> bool:
        x, y, width, height = box
        top = round(height * UPPER)
        upper = grey.crop((x, y, x + width, y + top))
        scaled = upper.resize((FACE_WIDTH, max(1, FACE_WIDTH * top // width)))
        return len(self._eyes.detectMultiScale(np.asarray(scaled), 1.05, 4, minSize=(16, 16))) > 0


class YuNet:
    """A small network for faces of any pose (Wu et al. 2023), in a file that the host brings."""

    name = "yunet"

    def __init__(self, file: Path) -> None:
        """Raises NoWeights."""
        if not file.is_file():
            raise NoWeights(f"There is no {file}; set another [safety] face_detector, or none.")
        try:
            self._network = cv2.FaceDetectorYN.create(
                str(file), "", (SIDE, SIDE), YUNET_UNSURE, 0.3, 50
            )
            self._score(Image.new("L", (SIDE, SIDE)))  # other networks break only here
        except cv2.error as error:
            raise NoWeights(
                f"{file} is no YuNet in ONNX; set another [safety] face_detector, or none."
            ) from error

    def __call__(self, pictures: Sequence[Image.Image]) -> list[list[Measure]]:
        """One measure a picture, by its surest face."""
        return [[Measure(self.name, "faces", self._score(picture))] for picture in pictures]

    def _score(self, picture: Image.Image) -> float:
        small = picture.convert("RGB")
        small.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
        self._network.setInputSize(small.size)
        _, found = self._network.detect(cv2.cvtColor(np.asarray(small), cv2.COLOR_RGB2BGR))
        if found is None:
            return 0.0
        return CONFIRMED if float(found[:, -1].max()) >= YUNET_SURE else SUSPECTED
