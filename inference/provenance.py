"""What a picture's file says about how it was made; never the prompt."""

from __future__ import annotations

import io

from PIL import Image
from PIL.PngImagePlugin import PngInfo


def to_png(picture: Image.Image, *, model: str, operation: str, seed: int) -> bytes:
    """The picture as PNG with its parameters in text chunks."""
    told = PngInfo()
    for key, value in (
        ("Software", "Five Squares"), ("Comment", "AI-generated"), ("Model", model),
        ("Operation", operation), ("Seed", str(seed)),
    ):  # fmt: skip
        told.add_text(key, value)
    out = io.BytesIO()
    picture.save(out, "PNG", pnginfo=told)
    return out.getvalue()
