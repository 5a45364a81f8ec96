import io
import struct
import subprocess
import sys

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageOps

from uploads import WORKING_SIDE, UnusableMask, UnusablePicture, open_mask, open_picture


def saved(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "I;16"])
def test_every_kind_of_pixel_becomes_rgb(mode: str) -> None:
    if mode == "I;16":
        white = Image.fromarray(np.full((4, 6), 65535, np.uint16))
    else:
        white = Image.new("RGB", (6, 4), "white").convert(mode)
    opened = open_picture(saved(white))
    assert (opened.mode, opened.size, opened.getpixel((2, 2))) == ("RGB", (6, 4), (255,) * 3)


def test_what_is_transparent_becomes_white() -> None:
    assert open_picture(saved(Image.new("RGBA", (4, 4), (255, 0, 0, 0)))).getpixel((0, 0)) == (
        255, 255, 255,
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("orientation", range(10))
def test_a_photo_stands_upright_as_pillow_would_turn_it(orientation: int, kind: str) -> None:
    photo, turned = Image.new("RGB", (40, 20), "red"), Image.Exif()
    photo.paste("blue", (0, 0, 20, 10))
    photo.paste("white", (20, 0, 40, 10))
    turned[ExifTags.Base.Orientation] = orientation
    data = saved(photo, kind, exif=turned)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    opened = open_picture(data)
    assert (opened.size, opened.tobytes()) == (upright.size, upright.tobytes())


def test_a_photo_whose_exif_has_an_entry_of_a_wrong_kind_stands_upright() -> None:
    orientation = struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0)
    unit = struct.pack("<HHI4s", 0x0128, 2, 2, b"2")  # text, where a number belongs
    exif = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 2) + orientation + unit + bytes(4)
    assert open_picture(saved(Image.new("RGB", (40, 20)), "JPEG", exif=exif)).size == (20, 40)


@pytest.mark.parametrize(("kind", "most"), [("PNG", 250), ("JPEG", 100)])
def test_a_large_picture_lies_in_memory_hardly_more_than_once(kind: str, most: int) -> None:
    """Decoded it is 120 MB, which Pillow keeps as 160; a JPEG is made smaller as it is decoded."""
    data = saved(Image.new("RGB", (8000, 5000)), kind)
    child = (
        "import sys, uploads; from pathlib import Path; from PIL import WebPImagePlugin\n"
        "status = lambda: Path('/proc/self/status').read_text()\n"
        "peak = lambda: int(status().partition('VmHWM:')[2].split()[0])\n"
        "data = sys.stdin.buffer.read(); before = peak(); uploads.open_picture(data)\n"
        "print(peak() - before)"
    )
    run = subprocess.run([sys.executable, "-c", child], input=data, capture_output=True, check=True)
    assert int(run.stdout) < most * 1024


def test_a_large_picture_is_made_smaller_in_its_shape() -> None:
    assert open_picture(saved(Image.new("RGB", (4000, 2000)))).size == (
        WORKING_SIDE, WORKING_SIDE // 2,
    )  # fmt: skip


def test_one_pixel_is_a_picture() -> None:
    assert open_picture(saved(Image.new("RGB", (1, 1)))).size == (1, 1)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "no PNG, JPEG or WebP"),
        (b"GIF89a not a picture", "no PNG, JPEG or WebP"),
        (b"<svg onload='alert(1)'/>", "no PNG, JPEG or WebP"),
        (saved(Image.effect_noise((64, 64), 90))[:900], "damaged"),
        (saved(Image.new("1", (20_000, 1))), "20000×1; at most 8192"),
        (saved(Image.new("1", (8000, 8000))), "8000×8000; at most"),
        (saved(Image.new("1", (20_000, 10_000))), "too large; at most 8192"),
        (saved(Image.new("RGB", (4, 4)), exif=b"garbage!garbage!"), "damaged"),
        (saved(Image.new("RGB", (4, 4)), "GIF"), "no PNG, JPEG or WebP"),
        (bytes(26 * 2**20), "over 25 MiB"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(UnusablePicture, match=sentence):
        open_picture(data)


def test_a_photo_may_have_a_second_one_in_its_file() -> None:
    photo, preview = Image.new("RGB", (40, 20), "red"), Image.new("RGB", (4, 2), "blue")
    opened = open_picture(saved(photo, "MPO", save_all=True, append_images=[preview]))
    assert opened.size == (40, 20) and opened.getpixel((5, 5)) == (254, 0, 0)


def test_a_moving_picture_is_refused() -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    moving = saved(frames[0], "WEBP", save_all=True, append_images=frames[1:])
    with pytest.raises(UnusablePicture, match="moves"):
        open_picture(moving)


def marked(mask: Image.Image) -> list[tuple[int, int]]:
    return [(x, y) for x in range(mask.width) for y in range(mask.height) if mask.getpixel((x, y))]


def test_a_mask_marks_what_is_transparent_or_else_white() -> None:
    clear = Image.new("RGBA", (4, 2), "white")
    clear.putpixel((3, 1), (255, 255, 255, 0))
    black = Image.new("L", (4, 2), 0)
    black.putpixel((3, 1), 255)
    for mask in (clear, black, *(black.convert(mode) for mode in ("1", "P", "RGBA"))):
        opened = open_mask(saved(mask), (8, 4))
        assert (opened.mode, opened.size) == ("L", (8, 4))
        assert marked(opened) == [(6, 2), (6, 3), (7, 2), (7, 3)]


def test_a_mask_may_be_a_rounded_pixel_off_but_not_of_another_shape() -> None:
    white = saved(Image.new("L", (1000, 667), 255))
    assert open_mask(white, (300, 200)).size == (300, 200)
    with pytest.raises(UnusableMask, match="1000×667 and the picture 300×300"):
        open_mask(white, (300, 300))


def test_a_mask_keeps_the_lines_of_the_largest_picture() -> None:
    mask = Image.new("L", (3072, 52), 0)
    mask.paste(255, (1001, 0, 1002, 52))
    assert open_mask(saved(mask), mask.size).tobytes() == mask.tobytes()


def test_a_mask_must_mark_something() -> None:
    for blank in (Image.new("L", (4, 4), 0), Image.new("RGBA", (4, 4), (255, 255, 255, 200))):
        with pytest.raises(UnusableMask, match="marks nothing"):
            open_mask(saved(blank), (4, 4))
