"""What a request becomes: its steps and its seeds."""

import pytest
from PIL import Image

from inference.backends.mini import Mini
from inference.draft import SEEDS
from inference.drafting import drafts_of
from inference.model import Model


@pytest.mark.parametrize(
    ("strength", "shares"),
    [(0, [0, 0.15, 0.3]), (0.5, [0.35, 0.5, 0.65]), (1, [0.7, 0.85, 1])],
)
def test_no_two_steps_of_a_blend_are_equal(
    model: Model, strength: float, shares: list[float]
) -> None:
    asked = {"prompt": "", "images": 3, "seed": 1, "t": strength}
    sources = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    drafts = drafts_of(Mini(model), "interpolate", asked, sources, None)
    assert [draft.t for draft in drafts] == pytest.approx(shares)


def test_after_the_largest_seed_comes_the_smallest(model: Model) -> None:
    asked = {"prompt": "a red cube", "images": 3, "seed": SEEDS - 2}
    drafts = drafts_of(Mini(model), "text_to_image", asked, [], None)
    assert [draft.seed for draft in drafts] == [SEEDS - 2, SEEDS - 1, 0]
