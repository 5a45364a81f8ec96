"""`make weights` from beginning to end, with almost no steps."""

import sys
from pathlib import Path

import pytest
from PIL import Image

import training.__main__
from inference.model import WEIGHTS, load_model
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


@pytest.mark.parametrize(
    ("words", "run", "out"),
    [
        ([], "data/training", str(WEIGHTS / "mini")),
        (["--share", "0.5"], "data/trial/mini", "data/trial/mini"),
        (["--share", "0.5", "--run", "here"], "here", "data/trial/mini"),
    ],
)
def test_a_trial_leaves_the_shipped_weights_alone(
    monkeypatch: pytest.MonkeyPatch, words: list[str], run: str, out: str
) -> None:
    asked: list[Path] = []
    monkeypatch.setattr(training.__main__, "train_mini", lambda *given: asked.extend(given[:2]))
    monkeypatch.setattr(sys, "argv", ["training", *words])
    assert main() == 0
    assert asked == [Path(run), Path(out)]


@pytest.mark.parametrize("share", ["0", "-1", "2", "nan", "much"])
def test_a_share_is_a_share(monkeypatch: pytest.MonkeyPatch, share: str) -> None:
    monkeypatch.setattr(sys, "argv", ["training", "--share", share])
    with pytest.raises(SystemExit):
        main()


def test_the_sheet_shows_every_prompt_with_every_seed() -> None:
    row = [Image.new("RGB", (256, 256), "red")] * len(sheet.SEEDS)
    paper = sheet.sheet([row] * len(sheet.PROMPTS))
    reds = {colour: n for n, colour in paper.getcolors(2**16) or []}[(255, 0, 0)]
    assert reds == len(sheet.PROMPTS) * len(sheet.SEEDS) * sheet.SIDE**2
