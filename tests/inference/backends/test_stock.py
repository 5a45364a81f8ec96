"""Ours draw what the library's own pipelines draw from the same weights, seeds and steps."""

import warnings
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks import stock
from inference.backends.backend import Backend
from inference.registry import Effort
from tests.inference.backends.conftest import CPU, load_auto, load_kandinsky, load_karlo

PROMPTS = ["a red cube", "a blue ball in the snow"]
SEEDS = [1, 2]


def drawn(backend: Backend) -> list[Image.Image]:
    pairs = zip(PROMPTS, SEEDS, strict=True)
    return backend.draw([backend.text_to_image(prompt, seed) for prompt, seed in pairs])


def agree(ours: list[Image.Image], theirs: list[Image.Image]) -> None:
    """Within rounding; and there is something to be seen."""
    for one, other in zip(ours, theirs, strict=True):
        first, second = (np.asarray(picture, dtype=float) for picture in (one, other))
        assert np.abs(first - second).max() <= 1
        assert first.std() > 2


def test_kandinsky(folders: dict[str, Path]) -> None:
    theirs = stock.Kandinsky(folders["kandinsky"], 64, Effort(2, 3, 1.0, 4.0), CPU)
    agree(drawn(load_kandinsky(folders["kandinsky"])), theirs(PROMPTS, SEEDS))


def test_karlo_before_its_upsampler(folders: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "karlo"
    folder.mkdir()
    for part in ("unclip", "clip"):
        (folder / part).symlink_to(folders["karlo"] / part)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that it is deprecated
        theirs = stock.Karlo(folder, Effort(2, 3, 4.0, 8.0), CPU)
    agree(drawn(load_karlo(folder)), theirs(PROMPTS, SEEDS))


def test_auto(folders: dict[str, Path]) -> None:
    theirs = stock.Auto(folders["auto"], {"num_inference_steps": 3}, CPU)
    agree(drawn(load_auto(folders["auto"])), theirs(PROMPTS, SEEDS))
