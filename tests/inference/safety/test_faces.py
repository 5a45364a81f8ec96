"""Faces are found where there are some, also hidden among others; drawn pictures show none."""

from pathlib import Path

import cv2
import pytest
from PIL import Image, ImageEnhance, ImageFilter

from inference.errors import NoWeights
from inference.safety.faces import CONFIRMED, SUSPECTED, TURNS, Cascades, YuNet


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


@pytest.mark.parametrize("turn", TURNS)
def test_a_turned_portrait_is_found(
    cascades: Cascades, portrait: Image.Image, turn: Image.Transpose
) -> None:
    assert score(cascades, portrait.transpose(turn)) == CONFIRMED


def test_one_face_shown_does_not_cover_for_one_hidden(
    cascades: Cascades, portrait: Image.Image
) -> None:
    """Two faces in a picture: one blurred, and the other upside down in a corner."""
    both = portrait.filter(ImageFilter.GaussianBlur(40))
    assert score(cascades, both) < CONFIRMED
    small = portrait.resize((portrait.width // 2, portrait.height // 2))
    both.paste(small.transpose(Image.Transpose.ROTATE_180), (portrait.width // 2, 0))
    assert score(cascades, both) == CONFIRMED


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


def field(number: int, value: bytes | str | int) -> bytes:
    """A field of a protocol buffer, as ONNX files are written; all here are shorter than 128."""
    if isinstance(value, int):
        return bytes([number << 3, value])
    data = value.encode() if isinstance(value, str) else value
    return bytes([number << 3 | 2, len(data)]) + data


def test_another_network_is_no_yunet(tmp_path: Path) -> None:
    """A real ONNX file that OpenCV loads: it gives back what it gets."""
    shape = b"".join(field(1, field(1, side)) for side in (1, 3, 64, 64))
    tensor = field(2, field(1, field(1, 1) + field(2, shape)))
    node = field(1, "in") + field(2, "out") + field(4, "Identity")
    ends = field(11, field(1, "in") + tensor) + field(12, field(1, "out") + tensor)
    graph = field(1, node) + field(2, "g") + ends
    file = tmp_path / "identity.onnx"
    file.write_bytes(field(1, 7) + field(7, graph) + field(8, field(2, 11)))
    assert cv2.dnn.readNetFromONNX(str(file)).getLayerNames()
    with pytest.raises(NoWeights, match="is no YuNet in ONNX"):
        YuNet(file)


def test_another_file_is_no_yunet(tmp_path: Path) -> None:
    (tmp_path / "yunet.onnx").write_bytes(b"not a network")
    for name, said in (("yunet.onnx", "is no YuNet in ONNX"), ("absent.onnx", "There is no")):
        with pytest.raises(NoWeights, match=f"{said}.*; set another .safety. face_detector"):
            YuNet(tmp_path / name)
