import pytest
import torch
from torch import Tensor

from inference.model import Model
from training.data import TRAITS, traits_of
from training.evaluate import (
    COLUMNS,
    SOURCES,
    Score,
    Scores,
    compare,
    distance_table,
    draw_trials,
    drawn,
    judge,
    nearest,
    score_table,
    scored,
)
from training.verifier import Verifier, trained_reader
from training.world import Scene, Thing

ONE = traits_of(Scene((Thing("cube", "red"),), None, "night", "cartoon"))
GROUP = traits_of(Scene((Thing("star", "green", count=3),)))
TWO = traits_of(Scene((Thing("cube", "red"), Thing("ball", "blue")), "above"))


class Oracle(Verifier):
    """Reads the traits that its pictures carry in their first pixels."""

    def read(self, pixels: Tensor) -> Tensor:
        return pixels.flatten(1)[:, : len(TRAITS)].long()


def shown(traits: list[list[int]]) -> Tensor:
    pixels = torch.zeros(len(traits), 3, 64, 64)
    pixels.flatten(1)[:, : len(TRAITS)] = torch.tensor(traits).float()
    return pixels


def scores(found: list[list[int]], truth: list[list[int]]) -> Scores:
    return judge(Oracle(), shown(found), torch.tensor(truth))


def test_right_pictures_are_right_in_the_columns_that_they_belong_to() -> None:
    found = scores([ONE, GROUP, TWO], [ONE, GROUP, TWO])
    assert found["one object"] == found["counting"] == found["position"] == Score(1, 1, 1)
    assert found["background"] == Score(3, 3, 3)
    assert found["overall"].right == found["overall"].of


def test_swapped_colours_fail_attribution_and_nothing_else() -> None:
    swapped = traits_of(Scene((Thing("cube", "blue"), Thing("ball", "red")), "above"))
    found = scores([swapped], [TWO])
    assert found["colour attribution"] == Score(0, 1, 1)
    assert found["position"] == found["two objects"] == Score(1, 1, 1)


def test_a_share_has_wilsons_interval() -> None:
    low, high = Score(95, 100, 100).interval()
    assert (round(low, 3), round(high, 3)) == (0.888, 0.978)
    assert str(Score(1, 2, 2)) == "0.50 (0.09–0.91)"
    assert str(Score(0, 0, 0)) == "–"


def test_what_stands_and_falls_together_counts_less() -> None:
    """Ten pictures of six things each, of which one is wrong in all that is read from it."""
    together = scored([(6, 6)] * 9 + [(0, 6)])
    assert (together.right, together.of) == (54, 60)
    assert together.trials == pytest.approx(10)
    apart = scored([(6, 6)] * 4 + [(5, 6)] * 6)
    assert apart.trials == pytest.approx(60) and apart.of == 60
    assert scored([(3, 3), (3, 3)]) == Score(6, 6, 2)


def test_the_table_has_a_row_a_column_of_the_measure() -> None:
    lines = score_table({"render": scores([ONE], [ONE]), "prior": scores([ONE], [ONE])}).split("\n")
    assert lines[0] == "|  | render | prior |"
    assert len(lines) == 2 + len(COLUMNS)


@pytest.mark.parametrize("source", SOURCES)
def test_a_model_is_judged_on_what_it_draws(model: Model, source: str) -> None:
    trials = draw_trials(3, 1, held=True)
    pictures = drawn(model, trials, SOURCES[source])
    assert pictures.shape == trials.pixels.shape
    assert judge(Verifier(), pictures, trials.traits)["background"].of == 3


def test_what_an_embedding_tells_is_read(model: Model) -> None:
    """Even networks of chance let the colour of the background through."""
    reader = trained_reader(model.clip, model.vocabulary, pictures=1_000)
    trials = draw_trials(80, 1, held=False)
    assert judge(reader, trials.pixels, trials.traits)["background"].right > 80 / 4


def test_sets_are_compared_with_fresh_renders() -> None:
    torch.manual_seed(0)
    ones, others, known = (draw_trials(20, seed, held=False).pixels for seed in (1, 2, 3))
    usual = nearest(others, known)
    sets = (ones, torch.randn(ones.shape))
    same, noise = (compare(Verifier(), x, others, known, usual) for x in sets)
    assert same["KID"] < noise["KID"]
    assert same["spread"] == pytest.approx(1, abs=0.3)
    assert len(distance_table({"render": same, "noise": noise}).splitlines()) == 4
