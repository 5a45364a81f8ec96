"""Regions of a picture as masks, and how they are shown: plain pictures, no rows and no Discord.

A mask is "L", 255 where the picture is to be repainted.
"""

import io

from PIL import Image, ImageChops, ImageDraw, ImageFilter

CELLS = 9
"""The fields of the picker, three by three, numbered row by row."""
TINT = (255, 0, 128)
SHOWN_SIDE = 640
"""The longer side of what is shown."""


def cells_mask(size: tuple[int, int], cells: int) -> Image.Image:
    """The mask of the fields whose bits are set in `cells`."""
    mask = Image.new("L", size, 0)
    for cell in (cell for cell in range(CELLS) if cells >> cell & 1):
        mask.paste(255, _box(size, cell))
    return mask


def marked(picture: Image.Image, mask: Image.Image | None, grid: bool) -> bytes:
    """A WebP of the picture with the masked region tinted, and with the fields' lines if asked."""
    shown = picture.convert("RGB")
    shown.thumbnail((SHOWN_SIDE, SHOWN_SIDE), Image.Resampling.LANCZOS)
    if mask is not None:
        mask = mask.resize(shown.size, Image.Resampling.NEAREST)
        tinted = Image.blend(shown, Image.new("RGB", shown.size, TINT), 0.55)
        shown = Image.composite(tinted, shown, mask)
        edge = ImageChops.difference(mask, mask.filter(ImageFilter.MinFilter(5)))
        shown.paste("white", mask=edge)
    if grid:
        _draw_lines(shown)
    out = io.BytesIO()
    shown.save(out, "WEBP", quality=85)
    return out.getvalue()


def _box(size: tuple[int, int], cell: int) -> tuple[int, int, int, int]:
    row, column = divmod(cell, 3)
    width, height = size
    return (
        width * column // 3,
        height * row // 3,
        width * (column + 1) // 3,
        height * (row + 1) // 3,
    )


def _draw_lines(picture: Image.Image) -> None:
    pen = ImageDraw.Draw(picture)
    for cell in range(CELLS):
        left, top, right, bottom = _box(picture.size, cell)
        pen.rectangle((left, top, right - 1, bottom - 1), outline="black", width=3)
        pen.rectangle((left + 1, top + 1, right - 2, bottom - 2), outline="white", width=1)
