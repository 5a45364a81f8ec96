from collections.abc import Iterator

import torch
from torch import Tensor

from inference.model import Model
from training.data import TRAITS, traits_of
from training.evaluate import Judged, Score, drawn, judge, markdown
from training.verifier import Verifier
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


def pairs(found: list[list[int]], truth: list[list[int]]) -> Iterator[tuple[Tensor, Tensor]]:
    yield shown(found), torch.tensor(truth)


def scores(pictures: Judged) -> dict[str, Score]:
    return judge(Oracle(), pictures)


def test_right_pictures_are_right_in_the_columns_that_they_belong_to() -> None:
    found = scores(pairs([ONE, GROUP, TWO], [ONE, GROUP, TWO]))
    assert found["one object"] == found["counting"] == found["position"] == Score(1, 1)
    assert found["background"] == Score(3, 3)
    assert found["overall"].right == found["overall"].of


def test_swapped_colours_fail_attribution_and_nothing_else() -> None:
    swapped = traits_of(Scene((Thing("cube", "blue"), Thing("ball", "red")), "above"))
    found = scores(pairs([swapped], [TWO]))
    assert found["colour attribution"] == Score(0, 1)
    assert found["position"] == found["two objects"] == Score(1, 1)


def test_a_share_has_wilsons_interval() -> None:
    low, high = Score(95, 100).interval()
    assert (round(low, 3), round(high, 3)) == (0.888, 0.978)
    assert str(Score(1, 2)) == "0.50 (0.09–0.91)"
    assert str(Score(0, 0)) == "–"


def test_the_table_has_a_row_a_column_of_the_measure() -> None:
    table = {g: {"drawn": scores(pairs([ONE], [ONE]))} for g in ("seen", "held out")}
    lines = markdown(table).splitlines()
    assert lines[0] == "|  | seen, drawn | held out, drawn |"
    assert len(lines) == 2 + len(table["seen"]["drawn"])


def test_a_model_is_judged_on_what_it_draws(model: Model) -> None:
    found = judge(Verifier(), drawn(model, 3, held=True))
    assert found["background"].of == 3
