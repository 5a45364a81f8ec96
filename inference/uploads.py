"""Pictures from outside, opened under limits before anything else reads them."""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "WEBP")
LARGEST_FILE = 25 * 2**20
LARGEST_SIDE = 8192
LARGEST_PICTURE = 40_000_000  # pixels
WORKING_SIDE = 1024


class UnusablePicture(ValueError):
    """A file can't be used as a picture; the message says why and what would do."""


def open_picture(data: bytes) -> Image.Image:
    """An RGB picture of at most WORKING_SIDE a side, upright; transparent parts become white.

    Raises UnusablePicture.
    """
    if len(data) > LARGEST_FILE:
        raise UnusablePicture(f"That file is over {LARGEST_FILE >> 20} MiB; send a smaller one.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # limited here
            picture = Image.open(io.BytesIO(data), formats=FORMATS)
        _check(picture)
        picture.load()
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise UnusablePicture("That is no PNG, JPEG or WebP picture.") from error
    except (OSError, SyntaxError, ValueError) as error:
        if isinstance(error, UnusablePicture):
            raise
        raise UnusablePicture("That picture is damaged; save it again and retry.") from error
    upright = _on_white(ImageOps.exif_transpose(picture))
    upright.thumbnail((WORKING_SIDE, WORKING_SIDE), Image.Resampling.LANCZOS)
    return upright


def _check(picture: Image.Image) -> None:
    width, height = picture.size
    if max(width, height) > LARGEST_SIDE or width * height > LARGEST_PICTURE:
        raise UnusablePicture(
            f"That picture is {width}×{height}; at most {LARGEST_SIDE} pixels a side and "
            f"{LARGEST_PICTURE // 1_000_000} million in all can be read."
        )
    if getattr(picture, "n_frames", 1) > 1:
        raise UnusablePicture("That picture moves; save one of its frames and send that.")


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I"):  # 16 bits
        return picture.point(lambda value: value / 257).convert("L").convert("RGB")
    clear = picture.convert("RGBA")
    white = Image.new("RGBA", clear.size, "white")
    return Image.alpha_composite(white, clear).convert("RGB")
