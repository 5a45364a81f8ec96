"""`make weights` from beginning to end, with almost no steps."""

import sys
from pathlib import Path

import pytest
from PIL import Image

from inference.model import load_model
from inference.pipeline import draw, text_to_image
from training import sheet
from training.__main__ import main
from training.mini import IDEAS
from training.world import COLOURS, OBJECTS


@pytest.mark.slow
def test_training_ends_in_a_model_that_draws(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = ["--run", str(tmp_path / "run"), "--out", str(tmp_path / "mini")]
    monkeypatch.setattr(sys, "argv", ["training", *folders, "--share", "0.0001"])
    main()
    model = load_model(tmp_path / "mini")
    assert {*OBJECTS, *COLOURS} <= {*model.vocabulary.words, "grey"}
    [picture] = draw(model, [text_to_image(IDEAS[0], 1)])
    assert picture.size == (1024, 1024)
    for prompt in (*IDEAS, *sheet.PROMPTS):
        assert model.vocabulary.unknown(prompt) == []
    main()  # resumes, and finds nothing left to do


def test_the_sheet_shows_every_prompt_with_every_seed() -> None:
    row = [Image.new("RGB", (256, 256), "red")] * len(sheet.SEEDS)
    paper = sheet.sheet([row] * len(sheet.PROMPTS))
    reds = {colour: n for n, colour in paper.getcolors(2**16) or []}[(255, 0, 0)]
    assert reds == len(sheet.PROMPTS) * len(sheet.SEEDS) * sheet.SIDE**2
