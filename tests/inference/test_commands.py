"""`python -m inference COMMAND`, as it is typed, with the small model."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from inference import commands
from inference.__main__ import main
from inference.backends.mini import Mini
from inference.canvas import to_pixels
from inference.model import Model, save_model

SIGNATURE = 20  # pixels of its width at 256


class Shell:
    """Runs commands in a folder that holds a picture, another, and a mask."""

    def __init__(
        self, folder: Path, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]
    ):
        self.folder, self._patch, self._capture = folder, patch, capture

    def run(self, *words: str) -> list[dict[str, Any]]:
        assert self.code(*words) == 0
        return [json.loads(line) for line in self._capture.readouterr().out.splitlines()]

    def refused(self, *words: str) -> str:
        assert self.code(*words) != 0
        return self._capture.readouterr().err

    def code(self, *words: str) -> int:
        self._patch.setattr(sys, "argv", ["inference", *words, "--seed", "7", "--out", "out"])
        try:
            return main()
        except SystemExit as ended:  # argparse
            return int(str(ended.code))

    def picture(self, number: int = 1) -> Image.Image:
        return Image.open(self.folder / "out" / f"{number}.png").convert("RGB")


@pytest.fixture
def shell(
    model: Model,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Shell:
    save_model(model, tmp_path / "weights" / "mini")
    monkeypatch.setattr(commands, "WEIGHTS", tmp_path / "weights")
    monkeypatch.chdir(tmp_path)
    Image.linear_gradient("L").convert("RGB").save("a.png")
    Image.radial_gradient("L").convert("RGB").resize((300, 200)).save("b.png")
    mask = Image.new("L", (256, 256), 0)
    mask.paste(255, (0, 0, 128, 128))
    mask.save("mask.png")
    Image.new("L", (256, 256), 0).save("black.png")
    return Shell(tmp_path, monkeypatch, capsys)


def test_imagine_tells_of_each_picture_what_it_is(shell: Shell) -> None:
    lines = shell.run("imagine", "a red astronaut", "--images", "2")
    assert [line["seed"] for line in lines] == [7, 8]
    assert lines[0]["file"] == "out/1.png" and lines[0]["size"] == [256, 256]
    assert lines[0]["unknown_words"] == ["astronaut"] and lines[0]["unread_words"] == []
    assert shell.picture(2).getpixel((255, 255)) == (0x3C, 0x46, 0xFF)


def test_equal_seeds_write_equal_bytes(shell: Shell) -> None:
    shell.run("imagine", "a red cube", "--images", "1")
    first = (shell.folder / "out" / "1.png").read_bytes()
    shell.run("imagine", "a red cube", "--images", "1")
    assert (shell.folder / "out" / "1.png").read_bytes() == first


def test_inpaint_keeps_what_the_mask_keeps(shell: Shell) -> None:
    shell.run("inpaint", "a.png", "--mask", "mask.png", "--prompt", "a cube", "--images", "1")
    before = np.asarray(Image.open("a.png").convert("RGB"))
    after = np.asarray(shell.picture())
    assert (before[128:252] == after[128:252]).all()
    assert not (before[:128, :128] == after[:128, :128]).all()


def test_a_mask_may_mark_by_what_is_transparent(shell: Shell) -> None:
    hole = Image.open("a.png").convert("RGBA")
    hole.paste((255, 255, 255, 0), (0, 0, 128, 128))
    hole.save("hole.png")
    shell.run("inpaint", "a.png", "--mask", "hole.png", "--prompt", "a cube", "--images", "1")
    one = shell.picture().tobytes()
    shell.run("inpaint", "a.png", "--mask", "mask.png", "--prompt", "a cube", "--images", "1")
    assert shell.picture().tobytes() == one


def test_outpaint_can_be_repeated(shell: Shell) -> None:
    Image.effect_noise((1024, 512), 90).convert("RGB").save("wide.png")
    shell.run("outpaint", "wide.png", "--direction", "right", "--images", "1")
    first = shell.picture()
    first.save("first.png")
    [line] = shell.run("outpaint", "first.png", "--direction", "right", "--images", "1")
    assert line["size"] == [2304, 512]
    assert shell.picture().crop((0, 0, 1024, 512)).tobytes() == Image.open("wide.png").tobytes()


def test_outpaint_grows_and_keeps_the_source(shell: Shell) -> None:
    [line] = shell.run("outpaint", "b.png", "--direction", "all", "--images", "1")
    assert line["size"] == [600, 400]
    kept = shell.picture().crop((150, 100, 450, 300))
    assert kept.tobytes() == Image.open("b.png").convert("RGB").tobytes()


def test_interpolate_writes_frames(shell: Shell) -> None:
    assert len(shell.run("interpolate", "a.png", "b.png", "--frames", "12")) == 12
    assert shell.picture(11).tobytes() != shell.picture(12).tobytes()
    assert len(shell.run("interpolate", "a.png", "b.png", "--images", "2")) == 2
    assert "not allowed with" in shell.refused("interpolate", "a.png", "b.png", "--frames", "3",
                                               "--t", "0.5")  # fmt: skip


def test_variation_and_text_diff(shell: Shell) -> None:
    assert shell.run("variation", "b.png", "--images", "1")[0]["operation"] == "variation"
    words = ("--from", "a red cube", "--to", "a blue ball")
    assert shell.run("text-diff", "a.png", *words, "--images", "1")[0]["operation"] == "text_diff"


@pytest.mark.parametrize(
    "words",
    [
        ("interpolate", "a.png", "b.png"),
        ("text-diff", "a.png", "--from", "a cube", "--to", "a red"),
    ],
)
def test_pictures_of_one_way_vary_in_detail(shell: Shell, words: tuple[str, ...]) -> None:
    shell.run(*words, "--images", "3")
    first, second, third = (to_pixels(shell.picture(n), 64) for n in (1, 2, 3))
    assert (first - second).abs().mean() > 0.05 < (second - third).abs().mean()


def test_words_of_both_captions_are_named(shell: Shell) -> None:
    [line] = shell.run("text-diff", "a.png", "--from", "a red fox", "--to", "a blue hen",
                       "--images", "1")  # fmt: skip
    assert line["unknown_words"] == ["fox", "hen"]


def test_each_image_may_be_the_best_of_many(shell: Shell) -> None:
    lines = shell.run("imagine", "a red cube", "--images", "2", "--candidates", "4")
    assert [line["seed"] for line in lines] == [7, 8]


def test_the_other_prior_draws_another_picture(shell: Shell) -> None:
    shell.run("imagine", "a red cube", "--images", "1")
    one = shell.picture()
    shell.run("imagine", "a red cube", "--images", "1", "--prior", "ar")
    assert shell.picture().tobytes() != one.tobytes()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("imagine", "a cube", "--images", "0"), "not between 1 and 10"),
        (("imagine", "a cube", "--images", "2.5"), "invalid whole number value"),
        (("imagine", "a cube", "--candidates", "99"), "not between 1 and 32"),
        (("imagine", "a cube", "--prior", "ar", "--condition", "caption"), "--condition prior"),
        (("imagine", "xyzzy Ω"), 'knows none of these words; try "a red cube".'),
        (("inpaint", "a.png", "--mask", "mask.png", "--prompt", "xyzzy"), "none of these words"),
        (("text-diff", "a.png", "--from", "xyzzy", "--to", "a cube"), "none of these words"),
        (("inpaint", "a.png", "--mask", "none.png", "--prompt", "a"), "No such file"),
        (("inpaint", "a.png", "--mask", "black.png", "--prompt", "a"), "black.png: The mask marks"),
        (("variation", "a.png", "--eta", "2"), "not between 0 and 1"),
        (("variation", "none.png"), "No such file"),
        (("variation", "weights/mini/model.json"), "model.json: That is no PNG, JPEG or WebP"),
        (("text-diff", "a.png", "--from", "x", "--to", "y", "--theta", "-1"), "between 0 and 1"),
        (("outpaint", "a.png", "--direction", "all", "--amount", "3"), "between 0.25 and 1"),
        (("inpaint", "b.png", "--mask", "mask.png", "--prompt", "a"), "the same shape"),
        (("interpolate", "a.png", "b.png", "--frames", "nan"), "invalid whole number value"),
        (("interpolate", "a.png", "b.png", "--frames", "3", "--images", "2"), "--images out"),
        (("--device", "abacus", "imagine", "a cube"), "no device abacus here"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    shell: Shell, words: tuple[str, ...], sentence: str
) -> None:
    told = shell.refused(*words)
    assert sentence in told and "Traceback" not in told
    assert not (shell.folder / "out").exists()


def test_a_file_of_any_size_is_read_no_further_than_the_limit(shell: Shell) -> None:
    Path("huge.png").touch()
    os.truncate("huge.png", 2**40)
    assert "huge.png: That file is over 25 MiB" in shell.refused("variation", "huge.png")


def test_a_device_without_room_is_one_sentence(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: object) -> None:
        raise torch.OutOfMemoryError

    monkeypatch.setattr(Mini, "draw", full)
    said = shell.refused("imagine", "a red cube", "--images", "2")
    assert "leaves no room on this device" in said and said.count("\n") == 1


def test_ctrl_c_is_no_success(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def pressed(*given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Mini, "draw", pressed)
    assert shell.code("imagine", "a red cube") == 130
