"""Pictures of any shape as the squares that the networks draw, and back. Knows no networks.

The rule for other shapes: a picture to repaint or extend is padded to a square with its own border,
drawn as a whole, and cut back. A picture that only guides is cropped to its middle square.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from PIL import Image, ImageChops, ImageFilter, ImageOps
from torch import Tensor
from torch.nn import functional as F

from inference import seams
from inference.signature import is_signed, signature_box
from inference.transfers import off
from uploads import UnusableMask, fit_mask

LARGEST_SIDE = 3072  # of 1024² that grow on all sides by as much as they are large
SIDES = ("left", "right", "up", "down")


@dataclass(frozen=True)
class Canvas:
    """An RGB picture and a mask "L" of its size: 255 where it is to be repainted, else 0."""

    picture: Image.Image
    mask: Image.Image

    def known(self, size: int) -> Tensor:
        """Kept colours and mask [4, size, size] as the decoder reads them; 1 = repaint.

        A small pixel that is repainted in any part counts as repainted.
        """
        mask = to_pixels(_padded(self.mask).filter(ImageFilter.MaxFilter(3)), size)[:1]
        mask = (mask > -1).float()
        return torch.cat((to_pixels(_padded(self.picture), size) * (1 - mask), mask))

    def square(self) -> tuple[Image.Image, Image.Image]:
        """Picture and mask padded to squares."""
        return _padded(self.picture), _padded(self.mask)

    def filled(self, square: Image.Image) -> Image.Image:
        """The picture with the masked region taken from `square`, a drawing of the whole.

        Outside the mask every pixel stays as it was; inside, colours lead over from the border,
        and the first pixels softly.
        """
        side = max(self.picture.size)
        square = square.resize((side, side), Image.Resampling.LANCZOS)
        missing = seams.missing(self.known(seams.GRID), to_pixels(square, seams.GRID))
        more = F.interpolate(missing[None], (side, side), mode="bilinear")[0]
        drawn = to_picture(to_pixels(square, side) + more).crop(_place(self.picture.size))
        return Image.composite(drawn, self.picture, self._soft)

    @cached_property
    def _soft(self) -> Image.Image:
        """The mask as pictures are filled by it; the same for all that are drawn of one request."""
        return softened(self.mask, max(1, max(self.mask.size) // 128))


def to_repaint(picture: Image.Image, mask: Image.Image) -> Canvas:
    """Raises UnusableMask for a mask of another shape, and for one that repaints nothing."""
    return Canvas(picture, fit_mask(mask, picture.size))


def to_extend(picture: Image.Image, sides: Sequence[str], amount: float) -> Canvas:
    """The picture on a larger canvas: `amount` of its side more on each named one.

    Where it is signed it is painted anew, for that corner is one no longer.
    Raises UnusableMask when the result would be too large.
    """
    more = dict.fromkeys(SIDES, 0)
    more |= {side: max(1, round(amount * _length(picture, side))) for side in sides}
    left, top = more["left"], more["up"]
    width, height = picture.width + left + more["right"], picture.height + top + more["down"]
    if max(width, height) > LARGEST_SIDE:
        raise UnusableMask(
            f"That would be {width}×{height}; pictures grow to {LARGEST_SIDE} pixels a side."
        )
    mask = Image.new("L", (width, height), 255)
    mask.paste(0, (left, top, left + picture.width, top + picture.height))
    if is_signed(picture):
        box = signature_box(picture.size)
        mask.paste(255, (left + box[0], top + box[1], left + box[2], top + box[3]))
        picture = _without(picture, box)
    return Canvas(_grown(picture, (left, top, more["right"], more["down"])), mask)


def _without(picture: Image.Image, box: tuple[int, int, int, int]) -> Image.Image:
    """What lies above the box, twice, lest the border that is drawn out begins with its colours."""
    left, top, right, bottom = box
    copy = picture.copy()
    copy.paste(picture.crop((left, 2 * top - bottom, right, top)), (left, top))
    return copy


def _length(picture: Image.Image, side: str) -> int:
    return picture.width if side in ("left", "right") else picture.height


def softened(mask: Image.Image, radius: int) -> Image.Image:
    """The mask, "L", ever less opaque towards its border, and nothing outside of it.

    Over 2·`radius` pixels, or where it is too narrow for that over fewer: its middle is whole.
    """
    soft = mask
    for reach in sorted({max(1, radius >> halvings) for halvings in range(4)}):
        wide = _widened(_narrowed(mask, 2 * reach), 2 * reach)
        soft = Image.composite(_blurred(_narrowed(mask, reach), reach), soft, wide)
    return ImageChops.darker(soft, mask)


def _blurred(mask: Image.Image, reach: int) -> Image.Image:
    return mask.filter(ImageFilter.BoxBlur(reach))


def _narrowed(mask: Image.Image, reach: int) -> Image.Image:
    """As by a MinFilter, which takes five seconds for 2048²."""
    return _blurred(mask, reach).point(lambda value: 255 * (value == 255))


def _widened(mask: Image.Image, reach: int) -> Image.Image:
    return ImageOps.invert(_narrowed(ImageOps.invert(mask), reach))


def _place(size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Where a picture lies in its padded square."""
    side = max(size)
    left, top = (side - size[0]) // 2, (side - size[1]) // 2
    return left, top, left + size[0], top + size[1]


def _padded(picture: Image.Image) -> Image.Image:
    """A square of the longer side."""
    left, top, right, bottom = _place(picture.size)
    side = max(picture.size)
    return _grown(picture, (left, top, side - right, side - bottom))


def _grown(picture: Image.Image, by: tuple[int, int, int, int]) -> Image.Image:
    """Larger by so many pixels left, above, right and below, which repeat the border."""
    left, top, right, bottom = by
    pixels = np.asarray(picture)
    edges = ((top, bottom), (left, right), (0, 0))[: pixels.ndim]
    return Image.fromarray(np.pad(pixels, edges, mode="edge"))


def to_pixels(picture: Image.Image, size: int) -> Tensor:
    """[3, size, size] in -1…1; other shapes are cropped to their middle square."""
    square = ImageOps.fit(picture.convert("RGB"), (size, size), Image.Resampling.BOX)
    return torch.from_numpy(np.array(square)).permute(2, 0, 1) / 127.5 - 1


def to_picture(pixels: Tensor) -> Image.Image:
    """An RGB picture from [3, height, width] in -1…1."""
    return to_pictures(pixels[None])[0]


def to_pictures(pixels: Tensor) -> list[Image.Image]:
    """RGB pictures from [batch, 3, height, width] in -1…1, which leave the device together."""
    bytes_ = ((pixels.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    return [Image.fromarray(each) for each in off(bytes_.permute(0, 2, 3, 1).contiguous()).numpy()]
