"""The weights that ship: they draw what a simple prompt says, and the same again."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inference.model import WEIGHTS, Model, load_model
from inference.pipeline import draw, text_to_image
from training.world import COLOURS

ROOT = Path(__file__).parent.parent.parent
MINI = WEIGHTS / "mini"


@pytest.fixture(scope="module")
def mini() -> Model:
    return load_model(MINI)


def colour_at(picture: Image.Image, x: float, y: float) -> str:
    """The name of the world's colour that is nearest to the middle of a spot."""
    side, reach = picture.width, picture.width // 20
    place = (int(x * side) - reach, int(y * side) - reach)
    spot = np.asarray(picture.crop((*place, place[0] + 2 * reach, place[1] + 2 * reach)))
    middle = np.median(spot.reshape(-1, 3), axis=0)
    return min(COLOURS, key=lambda name: float(np.square(middle - COLOURS[name]).sum()))


def test_they_are_small_enough_to_ship() -> None:
    default = [file for file in MINI.glob("*.safetensors") if file.stem != "ar_prior"]
    assert sum(file.stat().st_size for file in default) <= 40e6


@pytest.mark.slow
def test_colours_are_where_the_prompt_puts_them(mini: Model) -> None:
    prompts = {
        "a large red ball above a large blue cube": ("red", (0.5, 0.26), "blue", (0.46, 0.77)),
        "a large green cube above a large yellow ball": (
            "green", (0.46, 0.29), "yellow", (0.5, 0.74),
        ),
        "a large purple ball to the left of a large orange ball": (
            "purple", (0.27, 0.5), "orange", (0.73, 0.5),
        ),
    }  # fmt: skip
    drafts = [text_to_image(prompt, seed) for prompt in prompts for seed in (1, 2)]
    wanted = [what for what in prompts.values() for _ in range(2)]
    right = 0
    for picture, (one, place, other, other_place) in zip(draw(mini, drafts), wanted, strict=True):
        right += colour_at(picture, *place) == one
        right += colour_at(picture, *other_place) == other
    assert right >= 10, f"{right} of 12 spots have their colour"


@pytest.mark.slow
def test_the_command_writes_equal_bytes_for_equal_seeds(tmp_path: Path) -> None:
    words = ["imagine", "a red astronaut above a blue ball", "--images", "1", "--seed", "7"]
    lines = []
    for folder in ("one", "two"):
        done = subprocess.run(
            [sys.executable, "-m", "inference", *words, "--out", tmp_path / folder],
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        lines.append(json.loads(done.stdout))
    assert lines[0]["unknown_words"] == ["astronaut"]
    one, two = (Path(line["file"]).read_bytes() for line in lines)
    assert one == two
