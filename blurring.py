"""Pictures made small and blurred, for moderators to judge by. Imports nothing of this project."""

import io
from collections.abc import Sequence

from PIL import Image, ImageFilter

SIDE = 256
"""Pixels of each picture in the strip."""
BLUR = 6


def strip(pictures: Sequence[Image.Image]) -> bytes:
    """The pictures beside each other, blurred, as a WebP."""
    whole = Image.new("RGB", (SIDE * len(pictures), SIDE))
    for number, picture in enumerate(pictures):
        small = picture.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR)
        whole.paste(small.filter(ImageFilter.GaussianBlur(BLUR)), (SIDE * number, 0))
    out = io.BytesIO()
    whole.save(out, "WEBP", quality=80)
    return out.getvalue()
