"""What the fingerprint survives, and what it tells apart."""

import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.cbook import get_sample_data
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from fingerprint import ALIKE, alike, distance, fingerprint

Change = Callable[[Image.Image], Image.Image]
hashes = st.binary(min_size=32, max_size=32).map(bytes.hex)


@pytest.fixture(scope="module")
def portrait() -> Image.Image:
    """A photograph in the public domain that a library of ours ships."""
    with get_sample_data("grace_hopper.jpg") as file:
        return Image.open(file).convert("RGB")


def saved(kind: str, quality: int) -> Change:
    def change(picture: Image.Image) -> Image.Image:
        out = io.BytesIO()
        picture.save(out, kind, quality=quality)
        return Image.open(out)

    return change


@pytest.mark.parametrize(
    "change",
    [
        saved("JPEG", 30),
        saved("WEBP", 60),
        lambda picture: picture.resize((picture.width // 3, picture.height // 3)),
        lambda picture: picture.resize((picture.width * 2, picture.height * 2)),
        lambda picture: picture.convert("L"),
        lambda picture: ImageEnhance.Contrast(picture).enhance(0.8),
        lambda picture: ImageEnhance.Color(picture).enhance(1.6),
    ],
)
def test_a_changed_copy_is_the_same_picture(portrait: Image.Image, change: Change) -> None:
    first, copy = fingerprint(portrait), fingerprint(change(portrait))
    assert first and copy
    assert distance(first, copy) <= ALIKE / 2
    assert alike(copy, [first]) == first


def test_other_pictures_are_others(portrait: Image.Image) -> None:
    drawn = Image.new("RGB", portrait.size, "navy")
    ImageDraw.Draw(drawn).ellipse((90, 60, 300, 280), fill="gold")
    others = [drawn, ImageOps.mirror(portrait), portrait.rotate(90), ImageOps.flip(drawn)]
    known = [print_ for other in others if (print_ := fingerprint(other))]
    assert len(known) == len(others)
    assert alike(fingerprint(portrait), known) is None


@pytest.mark.parametrize("size", [(1, 1), (64, 64), (3000, 2)])
def test_what_shows_nothing_is_like_nothing(size: tuple[int, int]) -> None:
    assert fingerprint(Image.new("RGB", size, "teal")) is None
    assert alike(None, ["00" * 32]) is None


@given(hashes, hashes, hashes)
def test_the_distance_is_one(one: str, other: str, third: str) -> None:
    assert distance(one, one) == 0
    assert distance(one, other) == distance(other, one)
    assert distance(one, third) <= distance(one, other) + distance(other, third)


@given(hashes, st.lists(hashes, max_size=5))
def test_the_nearest_that_is_near_enough_is_found(wanted: str, known: list[str]) -> None:
    found = alike(wanted, known)
    near = [other for other in known if distance(wanted, other) <= ALIKE]
    assert found == (min(near, key=lambda other: distance(wanted, other)) if near else None)
    assert alike(wanted, [*known, wanted]) == wanted
