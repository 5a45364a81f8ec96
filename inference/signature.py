"""The visible signature: five squares in the bottom right corner, as on the original's pictures."""

from __future__ import annotations

from PIL import Image, ImageDraw

COLOURS = ("#FFFF66", "#42FFFF", "#51DA4C", "#FF6E3C", "#3C46FF")


def sign(picture: Image.Image) -> Image.Image:
    """A signed copy; each square's side is a 64th of the width, at least one pixel."""
    signed = picture.copy()
    side = max(1, picture.width // 64)
    pen = ImageDraw.Draw(signed)
    top, left = picture.height - side, picture.width - len(COLOURS) * side
    for i, colour in enumerate(COLOURS):
        x = left + i * side
        pen.rectangle((x, top, x + side - 1, picture.height - 1), fill=colour)
    return signed
