import pytest
import torch
from PIL import Image, ImageChops
from torch import Tensor

from inference import pipeline
from inference.model import Model
from inference.pipeline import Sketch, draw
from inference.sampling import clean_from_v, ddim, noise_level, signal


def test_equal_seeds_draw_equal_pictures_and_others_differ(model: Model) -> None:
    [first], [second], [other] = (draw(model, [Sketch("a red cube", n)]) for n in (7, 7, 8))
    assert first.size == (pipeline.SIZE, pipeline.SIZE)
    assert first.tobytes() == second.tobytes()
    assert first.tobytes() != other.tobytes()


def test_a_batch_of_members_equals_single_runs(model: Model) -> None:
    sketches = [Sketch("a red cube", 1), Sketch("a blue ball", 2)]
    together = draw(model, sketches)
    for sketch, picture in zip(sketches, together, strict=True):
        [alone] = draw(model, [sketch])
        apart = max(high for _, high in ImageChops.difference(alone, picture).getextrema())
        assert apart <= 2


def test_a_variation_follows_its_source(model: Model) -> None:
    red, blue = (Image.new("RGB", (90, 60), name) for name in ("red", "blue"))
    of_red, of_blue = draw(model, [Sketch("", 3, red), Sketch("", 3, blue)])
    assert of_red.tobytes() != of_blue.tobytes()


def test_progress_counts_every_step_and_can_stop_the_drawing(model: Model) -> None:
    steps: list[tuple[int, int]] = []

    def watch(step: int, total: int, pixels: Tensor) -> None:
        assert pixels.shape == (1, 3, 64, 64)
        steps.append((step, total))
        if step == 3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        draw(model, [Sketch("a ball", 1)], watch)
    assert steps == [(i, pipeline.DECODER_STEPS) for i in (1, 2, 3)]


def test_ddim_finds_the_picture_that_its_denoiser_knows() -> None:
    picture, noise = torch.randn(2, 3, 4, 4), torch.randn(2, 3, 4, 4)
    assert torch.allclose(ddim(lambda x, t: picture, noise, 5), picture)


def test_clean_and_v_agree() -> None:
    clean, noise, t = torch.randn(4, 3), torch.randn(4, 3), torch.rand(4)
    alpha, sigma = signal(t)[:, None], noise_level(t)[:, None]
    noised, v = alpha * clean + sigma * noise, alpha * noise - sigma * clean
    assert torch.allclose(clean_from_v(noised, v, t), clean, atol=1e-5)
