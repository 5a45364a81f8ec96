import pytest
from PIL import Image, ImageColor

from inference.signature import COLOURS, sign


@pytest.mark.parametrize("size", [64, 256, 1024])
def test_five_squares_lie_flush_in_the_corner(size: int) -> None:
    plain = Image.new("RGB", (size, size), "#101010")
    signed = sign(plain)
    side = size // 64
    for i, colour in enumerate(COLOURS):
        left = size - (5 - i) * side
        square = signed.crop((left, size - side, left + side, size))
        assert square.getcolors() == [(side * side, ImageColor.getrgb(colour))]
    signed.paste("#101010", (size - 5 * side, size - side, size, size))
    assert signed.getcolors() == plain.getcolors()


def test_the_master_stays_unsigned() -> None:
    plain = Image.new("RGB", (64, 64))
    sign(plain)
    assert plain.getcolors() == [(64 * 64, (0, 0, 0))]
