"""Pictures and masks from outside, opened under limits before anything else reads them.

Knows nothing of where they come from; imports nothing of this project.
"""

from __future__ import annotations

import io
import warnings

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "WEBP")
LARGEST_FILE = 25 * 2**20
LARGEST_SIDE = 8192
LARGEST_PICTURE = 40_000_000  # pixels
READABLE = (
    f"at most {LARGEST_SIDE} pixels a side and "
    f"{LARGEST_PICTURE // 1_000_000} million in all can be read."
)
WORKING_SIDE = 1024
SHAPE_TOLERANCE = 0.01
SMOOTH = ("L", "LA", "RGB", "RGBA", "CMYK")
"""Modes in which Pillow makes a picture smaller as it should."""
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What sets a picture of that EXIF orientation upright."""


class UnusablePicture(ValueError):
    """A file can't be used as a picture; the message says why and what would do."""


class UnusableMask(ValueError):
    """A mask or an extension can't be used; the message says why and what would do."""


def open_picture(data: bytes, side: int = WORKING_SIDE) -> Image.Image:
    """An RGB picture of at most `side` a side, upright; transparent parts become white.

    Raises UnusablePicture.
    """
    return _on_white(_opened(data, side))


def open_mask(data: bytes, size: tuple[int, int]) -> Image.Image:
    """A mask for a picture of that size: "L", 255 where the file is transparent, or else white.

    Raises UnusablePicture or UnusableMask.
    """
    mask = _opened(data, max(WORKING_SIDE, *size))
    if mask.mode == "RGBA":
        mask = ImageOps.invert(mask.getchannel("A"))
    return fit_mask(mask, size)


def fit_mask(mask: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The mask at that size, "L" of 0 and 255; raises UnusableMask.

    One of another shape can't be used, nor one that marks nothing.
    """
    width, height = size
    if abs(mask.width * height - mask.height * width) > SHAPE_TOLERANCE * mask.height * width:
        raise UnusableMask(
            f"The mask is {mask.width}×{mask.height} and the picture "
            f"{width}×{height}; they must have the same shape."
        )
    fitted = mask.convert("L").resize(size, Image.Resampling.NEAREST)
    fitted = fitted.point(lambda value: 255 * (value >= 128))
    if not fitted.getbbox():
        raise UnusableMask("The mask marks nothing; paint white what is to be drawn anew.")
    return fitted


def _opened(data: bytes, side: int) -> Image.Image:
    """The picture as it is in the file, upright and of at most `side` a side.

    Of the file's EXIF the orientation alone is read: much else in it may be wrong. A large picture
    is made smaller before anything else, so that it lies in memory once or twice, not four times.
    """
    if len(data) > LARGEST_FILE:
        raise UnusablePicture(f"That file is over {LARGEST_FILE >> 20} MiB; send a smaller one.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # limited here
            picture = Image.open(io.BytesIO(data), formats=FORMATS)
        _check(picture)
        turn = TURNS.get(picture.getexif().get(ExifTags.Base.Orientation))
        if picture.mode in SMOOTH and "transparency" not in picture.info:
            picture.thumbnail((side, side), Image.Resampling.LANCZOS)
        picture.load()
    except UnidentifiedImageError as error:
        raise UnusablePicture("That is no PNG, JPEG or WebP picture.") from error
    except Image.DecompressionBombError as error:
        raise UnusablePicture(f"That picture is too large; {READABLE}") from error
    except (OSError, SyntaxError, ValueError) as error:
        if isinstance(error, UnusablePicture):
            raise
        raise UnusablePicture("That picture is damaged; save it again and retry.") from error
    plain = _plain(picture)
    plain.thumbnail((side, side), Image.Resampling.LANCZOS)
    return plain if turn is None else plain.transpose(turn)


def _check(picture: Image.Image) -> None:
    width, height = picture.size
    if max(width, height) > LARGEST_SIDE or width * height > LARGEST_PICTURE:
        raise UnusablePicture(f"That picture is {width}×{height}; {READABLE}")
    if getattr(picture, "n_frames", 1) > 1 and picture.format != "MPO":  # a photo and its preview
        raise UnusablePicture("That picture moves; save one of its frames and send that.")


def _plain(picture: Image.Image) -> Image.Image:
    """8 bits a channel: "RGB", or "RGBA" where parts are transparent."""
    if picture.mode.startswith("I"):  # 16 bits
        return picture.point(lambda value: value / 257).convert("L").convert("RGB")
    clear = picture.convert("RGBA")
    return clear if clear.getchannel("A").getextrema()[0] < 255 else clear.convert("RGB")


def _on_white(picture: Image.Image) -> Image.Image:
    clear = picture.convert("RGBA")
    white = Image.new("RGBA", clear.size, "white")
    return Image.alpha_composite(white, clear).convert("RGB")
