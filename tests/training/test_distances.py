import pytest
import torch

from training.distances import frechet, nearest, spread


def normal(count: int, mean: float = 0.0, deviation: float = 1.0) -> torch.Tensor:
    return mean + deviation * torch.randn(count, 4)


def test_frechet_is_that_of_the_two_distributions() -> None:
    torch.manual_seed(0)
    one, other = normal(20_000), normal(20_000, 1.0, 2.0)
    assert frechet(one, one) == pytest.approx(0, abs=1e-6)
    assert frechet(one, other) == pytest.approx(4 * 1.0**2 + 4 * (2 - 1) ** 2, rel=0.05)


def test_a_collapsed_set_has_no_spread_and_a_memorised_one_is_near() -> None:
    torch.manual_seed(0)
    known = normal(100)
    assert spread(known[:1].repeat(5, 1)) < 1e-3 < spread(known)
    assert nearest(known[:10] + 0.001, known) < 0.1 * nearest(normal(10), known)
