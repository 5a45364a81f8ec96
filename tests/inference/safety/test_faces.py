"""Faces are found where there are some, also hidden among others; drawn pictures show none."""

from pathlib import Path

import pytest
from PIL import Image, ImageEnhance, ImageFilter

from inference.model import NoWeights
from inference.safety.faces import CONFIRMED, SUSPECTED, Cascades, YuNet


def score(cascades: Cascades, picture: Image.Image) -> float:
    [[measure]] = cascades([picture])
    assert (measure.name, measure.category) == ("face", "faces")
    return measure.score


@pytest.mark.parametrize("side", [160, 400, 1024])
def test_a_portrait_is_found_at_any_size(
    cascades: Cascades, portrait: Image.Image, side: int
) -> None:
    scaled = portrait.resize((side, side * portrait.height // portrait.width))
    assert score(cascades, scaled) == CONFIRMED


def test_a_portrait_is_found_in_grey_and_in_other_light(
    cascades: Cascades, portrait: Image.Image
) -> None:
    for changed in (portrait.convert("L"), ImageEnhance.Brightness(portrait).enhance(0.6)):
        assert score(cascades, changed) == CONFIRMED


def test_a_small_face_in_a_corner_is_found(cascades: Cascades, portrait: Image.Image) -> None:
    whole = Image.effect_noise((1024, 1024), 40).filter(ImageFilter.GaussianBlur(8)).convert("RGB")
    assert score(cascades, whole) < CONFIRMED
    whole.paste(portrait.resize((256, 300)), (740, 700))
    assert score(cascades, whole) == CONFIRMED


def test_a_face_without_eyes_is_only_suspected(cascades: Cascades, portrait: Image.Image) -> None:
    [(x, y, width, height), *_] = cascades.boxes(portrait)
    covered = portrait.copy()
    eyes = (x, y + height // 5, x + width, y + height // 2)
    covered.paste(portrait.crop(eyes).filter(ImageFilter.GaussianBlur(width // 14)), eyes)
    assert score(cascades, covered) == SUSPECTED


def test_pictures_by_the_built_in_model_show_no_face(
    cascades: Cascades, drawn: list[Image.Image]
) -> None:
    scores = [measure.score for [measure] in cascades(drawn)]
    assert len(scores) == 40
    assert scores.count(0.0) >= 39 and CONFIRMED not in scores


@pytest.mark.parametrize("size", [(1, 1), (3, 1000), (24, 24)])
def test_odd_sizes_are_looked_at(cascades: Cascades, size: tuple[int, int]) -> None:
    assert score(cascades, Image.new("RGB", size, "white")) == 0


def test_another_file_is_no_yunet(tmp_path: Path) -> None:
    (tmp_path / "yunet.onnx").write_bytes(b"not a network")
    for name in ("yunet.onnx", "absent.onnx"):
        with pytest.raises(NoWeights, match="face_detector"):
            YuNet(tmp_path / name)
