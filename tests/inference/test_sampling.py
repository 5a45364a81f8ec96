"""What a sampler must do, shown where the best denoiser is known."""

import pytest
import torch

from inference.sampling import (
    clean_from_v,
    ddim_inversion,
    gaussians,
    noise_level,
    noised,
    sample,
    signal,
    slerp,
    velocity,
)  # fmt: skip


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


@pytest.mark.parametrize("order", [1, 2])
def test_sampling_finds_the_picture_that_its_denoiser_knows(order: int) -> None:
    picture, noise = torch.randn(2, 3, 4, 4), torch.randn(2, 3, 4, 4)
    assert torch.allclose(sample(lambda x, t: picture, noise, 5, order=order), picture)


def test_a_row_of_noise_is_that_of_its_own_seed() -> None:
    seeds = range(9)
    rows = gaussians((3, 5), [torch.Generator().manual_seed(seed) for seed in seeds])
    for seed, row in zip(seeds, rows, strict=True):
        alone = torch.randn(3, 5, generator=torch.Generator().manual_seed(seed))
        assert torch.equal(row, alone)


def test_clean_and_v_agree() -> None:
    clean, noise, t = torch.randn(4, 3), torch.randn(4, 3), torch.rand(4)
    x, v = noised(clean, noise, t), velocity(clean, noise, t)
    assert torch.allclose(clean_from_v(x, v, t), clean, atol=1e-5)


def gaussian(x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    """The best guess at pictures of which every pixel is normal with deviation 0.5."""
    alpha, sigma = signal(t).view(-1, 1), noise_level(t).view(-1, 1)
    return x * alpha * 0.25 / (alpha**2 * 0.25 + sigma**2)


def test_inversion_is_undone_by_sampling() -> None:
    clean = 0.5 * torch.randn(3, 50)
    noise = ddim_inversion(gaussian, clean, 200)
    assert noise.std() == pytest.approx(1, abs=0.2)
    assert torch.allclose(sample(gaussian, noise, 200), clean, atol=0.05)


def test_the_second_order_comes_nearer_in_as_many_steps() -> None:
    noise = torch.randn(3, 50)
    exact = sample(gaussian, noise, 2_000)
    first, second = ((sample(gaussian, noise, 12, order=n) - exact).abs().mean() for n in (1, 2))
    assert second < 0.5 * first


@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
def test_every_eta_samples_the_same_distribution(eta: float) -> None:
    noise = torch.randn(4, 5000)
    etas, fresh = torch.full((4,), eta), lambda: torch.randn(4, 5000)
    drawn = sample(gaussian, noise, 100, eta=etas, fresh=fresh)
    assert drawn.std() == pytest.approx(0.5, abs=0.03)


def test_eta_moves_only_its_own_rows() -> None:
    noise, eta = torch.randn(2, 20), torch.tensor([0.0, 1.0])
    still = sample(gaussian, noise, 10)
    moved = sample(gaussian, noise, 10, eta=eta, fresh=lambda: torch.randn(2, 20))
    assert torch.allclose(moved[0], still[0], atol=1e-5)
    assert not torch.allclose(moved[1], still[1], atol=1e-2)


def test_slerp_keeps_the_length_and_ends_at_both_ends() -> None:
    one, other = (torch.nn.functional.normalize(torch.randn(64), dim=0) for _ in range(2))
    assert torch.allclose(slerp(one, other, 0), one, atol=1e-6)
    assert torch.allclose(slerp(one, other, 1), other, atol=1e-6)
    assert slerp(one, other, 0.3).norm() == pytest.approx(1, abs=1e-5)
    assert torch.equal(slerp(one, one, 0.5), one)
