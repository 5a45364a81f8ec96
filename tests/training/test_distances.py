import pytest
import torch

from training.distances import kernel_distance, nearest, spread


def normal(count: int, mean: float = 0.0, deviation: float = 1.0) -> torch.Tensor:
    return mean + deviation * torch.randn(count, 4)


def test_the_kernel_distance_of_small_sets_is_right_on_average() -> None:
    torch.manual_seed(0)
    many = [kernel_distance(normal(20), normal(20)) for _ in range(300)]
    assert abs(sum(many)) / len(many) < 0.05
    apart = [kernel_distance(normal(20, 0.5), normal(20)) for _ in range(300)]
    true = kernel_distance(normal(3_000, 0.5), normal(3_000))
    assert sum(apart) / len(apart) == pytest.approx(true, rel=0.15)
    assert true > 0.2


def test_the_kernel_distance_minds_no_scale() -> None:
    torch.manual_seed(0)
    one, other = normal(50, 0.5), normal(50)
    assert kernel_distance(7 * one, 7 * other) == pytest.approx(kernel_distance(one, other))


def test_a_collapsed_set_has_no_spread_and_a_memorised_one_is_near() -> None:
    torch.manual_seed(0)
    known = normal(100)
    assert spread(known[:1].repeat(5, 1)) < 1e-3 < spread(known)
    for copied in (known[:10], known[-10:]):
        assert nearest(copied + 0.001, known.split(30)) < 0.1 * nearest(normal(10), known.split(30))
