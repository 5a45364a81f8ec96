import numpy as np
import pytest
import torch
from PIL import Image, ImageColor
from torch import Tensor

from inference.canvas import (
    SIDES,
    softened,
    to_extend,
    to_picture,
    to_pictures,
    to_pixels,
    to_repaint,
)
from inference.signature import COLOURS, sign, signature_box
from uploads import UnusableMask


def noise(width: int, height: int, seed: int = 0) -> Image.Image:
    dice = np.random.default_rng(seed)
    return Image.fromarray(dice.integers(0, 256, (height, width, 3), np.uint8))


def box(size: tuple[int, int], place: tuple[int, int, int, int]) -> Image.Image:
    mask = Image.new("L", size, 0)
    mask.paste(255, place)
    return mask


@pytest.mark.parametrize("size", [(256, 256), (300, 200), (97, 301), (1024, 1024), (8, 8)])
def test_every_pixel_outside_the_mask_stays(size: tuple[int, int]) -> None:
    picture = noise(*size)
    place = (size[0] // 4, size[1] // 4, size[0] // 2, size[1] // 2)
    filled = to_repaint(picture, box(size, place)).filled(noise(256, 256, 1))
    outside = np.asarray(box(size, place)) == 0
    assert filled.size == size
    assert (np.asarray(filled)[outside] == np.asarray(picture)[outside]).all()


def test_the_middle_of_the_mask_is_all_new() -> None:
    drawn = Image.new("RGB", (256, 256), "red")
    canvas = to_repaint(Image.new("RGB", (256, 256), "blue"), box((256, 256), (64, 64, 192, 192)))
    assert canvas.filled(drawn).getpixel((128, 128)) == (255, 0, 0)


@pytest.mark.parametrize("width", [1, 2, 3, 8, 16, 17, 20, 33, 200])
def test_the_middle_of_the_thinnest_stroke_is_all_new(width: int) -> None:
    stroke = box((1024, 1024), (500, 100, 500 + width, 900))
    canvas = to_repaint(Image.new("RGB", (1024, 1024), "blue"), stroke)
    filled = canvas.filled(Image.new("RGB", (256, 256), "red"))
    assert filled.getpixel((500 + width // 2, 500)) == (255, 0, 0)


def test_a_mask_leads_over_softly_where_there_is_room() -> None:
    soft = softened(box((200, 200), (50, 50, 150, 150)), 8)
    along = np.asarray(soft)[100].astype(int)
    assert along[49] == 0 and along[66:134].min() == 255
    assert (np.diff(along[49:66]) > 0).all()


def ramp(size: tuple[int, int], low: int, high: int) -> Image.Image:
    row = np.linspace(low, high, size[0])[None, :, None]
    return Image.fromarray(np.broadcast_to(row.round(), (size[1], size[0], 3)).astype(np.uint8))


@pytest.mark.parametrize("size", [(256, 256), (300, 200), (97, 301), (1024, 1024)])
def test_another_tint_of_the_same_thing_leaves_no_seam(size: tuple[int, int]) -> None:
    middle = size[0] // 2
    canvas = to_repaint(ramp(size, 90, 150), box(size, (0, 0, middle, size[1])))
    along = np.asarray(canvas.filled(Image.new("RGB", (256, 256), (140,) * 3)))[size[1] // 2, :, 0]
    assert np.ptp(along[middle - size[0] // 8 : middle + 1]) <= 4


def test_tints_on_both_sides_are_led_over_from_one_to_the_other() -> None:
    picture, place = ramp((256, 256), 90, 150), (64, 0, 192, 256)
    drawn = Image.new("RGB", (256, 256), (120,) * 3)
    along = np.asarray(to_repaint(picture, box((256, 256), place)).filled(drawn))[128, :, 0]
    assert (np.diff(along.astype(int)) >= -1).all()
    assert abs(along.astype(int) - np.asarray(picture)[128, :, 0]).max() <= 8


def test_another_thing_keeps_its_colours_up_to_the_border() -> None:
    drawn = Image.new("RGB", (256, 256), (220, 30, 30))
    canvas = to_repaint(Image.new("RGB", (256, 256), "blue"), box((256, 256), (64, 64, 192, 192)))
    new = np.asarray(canvas.filled(drawn))[70:186, 70:186].astype(int)
    assert abs(new - (220, 30, 30)).max() <= 6


def test_a_drawing_with_no_border_stays_as_it_is() -> None:
    drawn = noise(256, 256)
    canvas = to_repaint(noise(256, 256, 1), Image.new("L", (256, 256), 255))
    assert canvas.filled(drawn).tobytes() == drawn.tobytes()


def test_the_decoder_is_told_what_stays_and_nothing_of_what_goes() -> None:
    picture = Image.new("RGB", (256, 256), "white")
    known = to_repaint(picture, box((256, 256), (128, 0, 256, 256))).known(64)
    assert known.shape == (4, 64, 64)
    assert known[:3, :, :30].eq(1).all() and known[3, :, :30].eq(0).all()
    assert known[:3, :, 32:].eq(0).all() and known[3, :, 32:].eq(1).all()


def test_a_mask_may_be_of_another_size_but_not_of_another_shape() -> None:
    picture = noise(200, 100)
    assert to_repaint(picture, box((400, 200), (0, 0, 200, 200))).mask.size == (200, 100)
    with pytest.raises(UnusableMask, match="100×200 and the picture 200×100"):
        to_repaint(picture, box((100, 200), (0, 0, 9, 9)))


def test_a_mask_must_mark_something_and_may_mark_all() -> None:
    picture = noise(20, 20)
    with pytest.raises(UnusableMask, match="marks nothing"):
        to_repaint(picture, Image.new("L", (20, 20), 0))
    assert to_repaint(picture, Image.new("L", (20, 20), 255)).mask.getbbox() == (0, 0, 20, 20)


@pytest.mark.parametrize(
    ("sides", "size", "left", "top"),
    [
        (["right"], (150, 60), 0, 0),
        (["left"], (150, 60), 50, 0),
        (["up"], (100, 90), 0, 30),
        (["down"], (100, 90), 0, 0),
        (["left", "right", "up", "down"], (200, 120), 50, 30),
    ],
)
def test_extending_moves_no_pixel(
    sides: list[str], size: tuple[int, int], left: int, top: int
) -> None:
    picture = noise(100, 60)
    filled = to_extend(picture, sides, 0.5).filled(noise(256, 256, 1))
    assert filled.size == size
    assert filled.crop((left, top, left + 100, top + 60)).tobytes() == picture.tobytes()


def test_a_signature_does_not_stay_in_the_middle() -> None:
    signed = sign(noise(128, 64))
    canvas = to_extend(signed, ("right", "down"), 0.5)
    left, top, right, bottom = signature_box(signed.size)
    anew = np.asarray(canvas.mask)[:64, :128] > 0
    assert anew[top:bottom, left:right].all() and anew.sum() == (bottom - top) * (right - left)
    colours = {ImageColor.getrgb(colour) for colour in COLOURS}
    assert colours.isdisjoint(map(tuple, np.asarray(canvas.picture).reshape(-1, 3).tolist()))


def test_pictures_do_not_grow_for_ever() -> None:
    assert to_extend(Image.new("RGB", (1024, 1024)), SIDES, 1.0).mask.size == (3072, 3072)
    with pytest.raises(UnusableMask, match="3200×1600"):
        to_extend(Image.new("RGB", (1600, 1600)), ["right"], 1.0)


def test_the_smallest_picture_grows() -> None:
    assert to_extend(Image.new("RGB", (1, 1)), SIDES, 0.25).mask.size == (3, 3)


def test_pixels_and_back() -> None:
    picture = noise(64, 64)
    assert to_picture(to_pixels(picture, 64)).tobytes() == picture.tobytes()
    cropped: Tensor = to_pixels(noise(200, 50), 64)
    assert cropped.shape == (3, 64, 64) and cropped.abs().max() <= 1
    assert torch.isfinite(to_pixels(noise(1, 1), 64)).all()


def test_pictures_leave_the_device_together_as_they_would_alone() -> None:
    pixels = torch.rand(3, 3, 20, 30, generator=torch.Generator().manual_seed(0)) * 3 - 1.5
    together = to_pictures(pixels)
    assert [each.tobytes() for each in together] == [to_picture(p).tobytes() for p in pixels]
    assert [each.size for each in together] == [(30, 20)] * 3
    seen, meant = to_pixels(together[1].crop((0, 0, 20, 20)), 20), pixels[1, :, :, :20]
    assert (seen - meant.clamp(-1, 1)).abs().max() <= 1 / 255 + 1e-6
