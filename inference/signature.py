"""The visible signature: five squares in the bottom right corner, as on the original's pictures."""

from __future__ import annotations

from PIL import Image, ImageDraw

COLOURS = ("#FFFF66", "#42FFFF", "#51DA4C", "#FF6E3C", "#3C46FF")


def signature_box(size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Where it lies in a picture of that size: left, top, right, bottom."""
    side = max(1, size[0] // 64)
    return size[0] - len(COLOURS) * side, size[1] - side, *size


def sign(picture: Image.Image) -> Image.Image:
    """A signed copy; each square's side is a 64th of the width, at least one pixel."""
    signed = picture.copy()
    left, top, _, bottom = signature_box(picture.size)
    side, pen = bottom - top, ImageDraw.Draw(signed)
    for i, colour in enumerate(COLOURS):
        x = left + i * side
        pen.rectangle((x, top, x + side - 1, bottom - 1), fill=colour)
    return signed


def is_signed(picture: Image.Image) -> bool:
    """Whether signing it again would change nothing."""
    return sign(picture).tobytes() == picture.tobytes()
