"""The stages of the built-in model, as far as no long training is needed to see it."""

from pathlib import Path

import torch

from inference.vocabulary import Vocabulary
from training.data import TRAITS, Pictures
from training.mini import Course


def test_a_stage_that_goes_on_sees_other_pictures_with_other_lots(tmp_path: Path) -> None:
    pixels = torch.arange(640, dtype=torch.uint8).view(-1, 1, 1, 1).expand(640, 3, 1, 1)
    tokens = torch.zeros(640, 3, 1, dtype=torch.int32)
    traits = torch.zeros(640, len(TRAITS), dtype=torch.uint8)
    pictures = Pictures(pixels, tokens, traits, torch.empty(640, 0))
    course = Course(Vocabulary(()), pictures, tmp_path)

    def shown() -> list[float]:
        rows, seed = course.begin("decoder")
        batch = next(pictures.batches(rows, seed))
        return [*batch.pixels[:, 0, 0, 0].tolist(), *torch.rand(4).tolist()]

    first = shown()
    assert shown() == first
    torch.save({"step": 2, "parts": []}, tmp_path / "decoder.ckpt")
    second = shown()
    assert second != first and second[-4:] != first[-4:]
    assert shown() == second
