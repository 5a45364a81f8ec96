"""Skin is a matter of colour and texture, less its faces; what is drawn flat is none."""

from PIL import Image, ImageChops

from inference.safety.faces import Cascades
from inference.safety.measure import BORDERLINE, CERTAIN
from inference.safety.skin import Skin


def textured(colour: str) -> Image.Image:
    """The colour with the small variation that photographs have."""
    noise = Image.effect_noise((300, 300), 20).convert("RGB")
    return ImageChops.overlay(Image.new("RGB", (300, 300), colour), noise)


def score(cascades: Cascades, picture: Image.Image) -> float:
    [[measure]] = Skin(cascades)([picture])
    assert measure.weak
    return measure.score


def test_much_skin_light_or_dark_counts(cascades: Cascades) -> None:
    for colour in ("#e0ac8a", "#8d5a3c"):
        skin = textured(colour)
        assert score(cascades, skin) == 1
        half = Image.new("RGB", (300, 300), "navy")
        half.paste(skin.crop((0, 0, 300, 130)), (0, 100))
        assert BORDERLINE <= score(cascades, half) < CERTAIN


def test_a_flat_area_of_that_colour_is_drawn(cascades: Cascades) -> None:
    assert score(cascades, Image.new("RGB", (300, 300), "#e0ac8a")) == 0


def test_faces_and_drawn_pictures_do_not_count(
    cascades: Cascades, portrait: Image.Image, drawn: list[Image.Image]
) -> None:
    close = portrait.crop((120, 40, 400, 400))
    assert score(cascades, close) < BORDERLINE
    assert all(score(cascades, picture) == 0 for picture in drawn)
